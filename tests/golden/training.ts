import { stack as pile, type Tensor, unstack } from "@tensorflow/tfjs-core";
import { adagrad, adamw, clipByGlobalNorm, type Optimizer, rmsprop, sgd } from "@refrain/train";
import type { GoldenCase, Operation } from "./case.ts";
import { trainCharRnn } from "./train-char-rnn.ts";
import { trainGpt } from "./train-gpt.ts";

type Weights = { w: Tensor };

/** Several updates of one parameter by given gradients. */
const updates =
  (make: (config: GoldenCase["config"]) => Optimizer): Operation =>
  (golden) => {
    const optimizer = make(golden.config);
    let params: Weights = { w: golden.get("in.w0") };
    let state = optimizer.init(params);
    const weights = unstack(golden.get("in.grads")).map((w, i) => {
      ({ params, state } = optimizer.update({ w }, state, params, { step: i + 1, rate: golden.config.lr as number }));
      return params.w;
    });
    return { "out.w": pile(weights) };
  };

/** What PyTorch's optimizers can do and ours do not: a case with it must fail, not pass by luck. */
function refuse(config: GoldenCase["config"], ...names: string[]): void {
  const wanted = names.filter((name) => config[name]);
  if (wanted.length > 0) throw new Error(`${config.op} with ${wanted.map((name) => `${name} ${config[name]}`).join(", ")} is not built yet`);
}

const adamCase = updates((config) => {
  const { betas, eps, weight_decay, op } = config;
  refuse(config, "amsgrad", "maximize", ...(op === "adam" ? ["weight_decay"] : []));
  const [beta1, beta2] = betas as [number, number];
  return adamw({ beta1, beta2, epsilon: eps as number, decay: op === "adamw" ? (weight_decay as number) : 0 });
});

const sgdCase = updates((config) => {
  refuse(config, "dampening", "maximize", "weight_decay");
  return sgd({ momentum: config.momentum as number, nesterov: config.nesterov as boolean });
});

const rmspropCase = updates((config) => {
  refuse(config, "maximize", "weight_decay");
  const { alpha, eps, momentum, centered } = config;
  return rmsprop({ beta: alpha as number, epsilon: eps as number, momentum: momentum as number, centered: centered as boolean });
});

const adagradCase = updates((config) => {
  refuse(config, "maximize", "weight_decay");
  return adagrad({ epsilon: config.eps as number, initial: config.initial_accumulator_value as number, rateDecay: config.lr_decay as number });
});

const clipCase: Operation = (golden) => {
  const { gradients, norm } = clipByGlobalNorm({ g0: golden.get("in.g0"), g1: golden.get("in.g1") }, golden.config.max_norm as number);
  return { "out.norm": norm, "out.g0": gradients.g0, "out.g1": gradients.g1 };
};

export const trainingCases: Record<string, Operation> = {
  sgd: sgdCase,
  "sgd-momentum": sgdCase,
  "sgd-nesterov": sgdCase,
  adam: adamCase,
  adamw: adamCase,
  rmsprop: rmspropCase,
  adagrad: adagradCase,
  clip_grad_norm: clipCase,
  "train-char-rnn": trainCharRnn,
  "train-gpt": trainGpt,
};
