import { cast, slice, stack as pile, type Tensor, type Tensor2D, tensor1d, unstack } from "@tensorflow/tfjs-core";
import { valueAndGrad } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { charRnn, type CharRnnParams } from "@refrain/models";
import { adamw, clipByGlobalNorm, type Optimizer, sgd } from "@refrain/train";
import { type GoldenCase, type Operation, withPrefix } from "./case.ts";
import { layerParams } from "./recurrent.ts";

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

const clipCase: Operation = (golden) => {
  const { gradients, norm } = clipByGlobalNorm({ g0: golden.get("in.g0"), g1: golden.get("in.g1") }, golden.config.max_norm as number);
  return { "out.norm": norm, "out.g0": gradients.g0, "out.g1": gradients.g1 };
};

/** A whole training run: the same start and batches must give the same losses, gradient norms and final weights. */
const trainCharRnn: Operation = (golden) => {
  const start = withPrefix(golden, "param.");
  const [vocabulary, width] = golden.get("param.embedding.weight").shape as [number, number];
  const hidden = (golden.get("param.lstm.weight_hh_l0").shape as [number, number])[1];
  const layers = Object.keys(start).filter((name) => name.startsWith("lstm.weight_ih")).length;
  const model = charRnn({ cell: "lstm", vocabulary, embedding: width, hidden, layers });
  const cells = withPrefix(golden, "param.lstm.");
  let params = {
    embedding: { weight: start["embedding.weight"] },
    cells: Array.from({ length: layers }, (_, i) => layerParams(cells, i)),
    head: { weight: start["head.weight"], bias: start["head.bias"] },
  } as CharRnnParams;
  const [, rate = Number.NaN] = /^Adam lr ([\d.]+)$/.exec(golden.config.optimizer as string)?.map(Number) ?? [];
  const optimizer = adamw({ decay: 0 });
  let state = optimizer.init(params);
  const objective = valueAndGrad((p: CharRnnParams, tokens: Tensor2D) => {
    const [batch, time] = tokens.shape;
    const { logits } = model.apply(p, { tokens: slice(tokens, [0, 0], [batch, time - 1]) });
    return crossEntropy(logits, slice(tokens, [0, 1], [batch, time - 1]));
  });
  const losses: number[] = [],
    norms: number[] = [];
  unstack(golden.get("in.tokens")).forEach((tokens, i) => {
    const { value, gradients } = objective(params, cast(tokens, "int32") as Tensor2D);
    const clipped = clipByGlobalNorm(gradients, golden.config.clip as number);
    losses.push(value.dataSync()[0] as number);
    norms.push(clipped.norm.dataSync()[0] as number);
    ({ params, state } = optimizer.update(clipped.gradients, state, params, { step: i + 1, rate }));
  });
  const torchNames = (cell: CharRnnParams["cells"][number], i: number) => ({
    [`out.final.lstm.weight_ih_l${i}`]: cell.weightInput,
    [`out.final.lstm.weight_hh_l${i}`]: cell.weightHidden,
    [`out.final.lstm.bias_ih_l${i}`]: cell.biasInput as Tensor,
    [`out.final.lstm.bias_hh_l${i}`]: cell.biasHidden as Tensor,
  });
  return {
    "out.loss": tensor1d(losses),
    "out.norm": tensor1d(norms),
    "out.final.embedding.weight": params.embedding.weight,
    ...Object.assign({}, ...params.cells.map(torchNames)),
    "out.final.head.weight": (params.head as { weight: Tensor }).weight,
    "out.final.head.bias": params.head.bias as Tensor,
  };
};

export const trainingCases: Record<string, Operation> = {
  sgd: sgdCase,
  "sgd-momentum": sgdCase,
  "sgd-nesterov": sgdCase,
  adam: adamCase,
  adamw: adamCase,
  clip_grad_norm: clipCase,
  "train-char-rnn": trainCharRnn,
};
