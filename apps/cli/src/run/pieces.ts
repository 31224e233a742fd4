import { crossEntropy, focalLoss } from "@refrain/losses";
import { charRnn, type CharRnn, type TokenLoss } from "@refrain/models";
import { adamw, type Budget, constant, cosine, type Optimizer, type Schedule, sgd } from "@refrain/train";
import type { Values } from "../options.ts";
import { UserError } from "../user-error.ts";
import type { trainOptions } from "./train-options.ts";

type TrainValues = Values<typeof trainOptions>;

/** Steps of a run whose end was not told. */
const DEFAULT_STEPS = 2000;

export function modelOf({ model, embedding, hidden, layers, dropout, tied }: TrainValues, vocabulary: number): CharRnn {
  if (tied && embedding !== hidden) throw new UserError(`--tied needs --hidden and --embedding alike, but they are ${hidden} and ${embedding}.`, 2);
  return charRnn({ cell: model, vocabulary, embedding, hidden, layers, dropout, tied });
}

export function optimizerOf({ optimizer, "weight-decay": decay, momentum }: TrainValues): Optimizer {
  if (decay !== undefined && optimizer !== "adamw") throw new UserError(`--weight-decay belongs to --optimizer adamw, not to ${optimizer}.`, 2);
  if (momentum !== undefined && optimizer !== "sgd") throw new UserError(`--momentum belongs to --optimizer sgd, not to ${optimizer}.`, 2);
  return optimizer === "sgd" ? sgd({ momentum: momentum ?? 0.9 }) : adamw({ decay: optimizer === "adam" ? 0 : (decay ?? 0.01) });
}

export function lossOf({ loss, gamma, "label-smoothing": smoothing }: TrainValues): TokenLoss {
  if (gamma !== undefined && loss !== "focal") throw new UserError("--gamma belongs to --loss focal.", 2);
  if (smoothing > 0 && loss === "focal") throw new UserError("--label-smoothing belongs to --loss cross-entropy.", 2);
  return loss === "focal"
    ? (logits, labels) => focalLoss(logits, labels, { gamma: gamma ?? 2 })
    : (logits, labels) => crossEntropy(logits, labels, { smoothing });
}

export function scheduleOf({ schedule, lr, warmup }: TrainValues): Schedule {
  return schedule === "cosine" ? cosine(lr, { warmup }) : constant(lr, { warmup });
}

/** @throws {UserError} when more than one end is told. */
export function budgetOf({ steps, epochs, minutes, batch, context }: TrainValues, characters: number): Budget {
  const ends = Object.entries({ steps, epochs, minutes }).filter(([, value]) => value !== undefined);
  if (ends.length > 1) throw new UserError(`give one of --steps, --epochs and --minutes, not ${ends.map(([name]) => `--${name}`).join(" and ")}.`, 2);
  if (minutes !== undefined) return { seconds: 60 * minutes };
  if (epochs !== undefined) return { steps: Math.max(1, Math.round((epochs * characters) / (batch * context))) };
  return { steps: steps ?? DEFAULT_STEPS };
}
