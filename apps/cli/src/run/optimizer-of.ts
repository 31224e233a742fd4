import { adagrad, adam, adamw, lion, type Optimizer, rmsprop, sgd } from "@refrain/train";
import { UserError } from "../user-error.ts";
import { checkBelongs } from "./check-belongs.ts";
import type { TrainValues } from "./train-options.ts";

/** The optimizer that the options ask for. @throws {UserError} when one of them belongs to another optimizer. */
export function optimizerOf({ optimizer, "weight-decay": decay, momentum, nesterov }: TrainValues): Optimizer {
  checkBelongs("weight-decay", decay, "optimizer", ["adamw", "lion"], optimizer);
  checkBelongs("momentum", momentum, "optimizer", ["sgd", "rmsprop"], optimizer);
  checkBelongs("nesterov", nesterov, "optimizer", ["sgd"], optimizer);
  if (nesterov && momentum === 0) throw new UserError("--nesterov needs a --momentum over 0.", 2);
  switch (optimizer) {
    case "adamw":
      return adamw({ decay: decay ?? 0.01 });
    case "adam":
      return adam();
    case "sgd":
      return sgd({ momentum: momentum ?? 0.9, nesterov });
    case "rmsprop":
      return rmsprop({ momentum: momentum ?? 0 });
    case "adagrad":
      return adagrad();
    case "lion":
      return lion({ decay: decay ?? 0 });
  }
}
