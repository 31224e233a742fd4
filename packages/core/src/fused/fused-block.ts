import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";
import { type Activation, blockPasses, type Dense, type Norm } from "./block-passes.ts";
import { attentionPasses } from "./attention-passes.ts";
import type { AttentionShape } from "./attention-shape.ts";
import { checkAttention } from "./check-attention.ts";
import { checkShape } from "./check-shape.ts";
import { copyValueBias } from "./copy-value-bias.ts";

/** A layer of a Transformer, its norms layer norms that stand before its parts. Shapes as of `@refrain/transformer`'s encoder layer. */
export type BlockParams = {
  readonly attentionNorm: Norm;
  readonly attention: { readonly query: Dense; readonly keyValue: Dense; readonly output: Dense };
  readonly feedForwardNorm: Norm;
  readonly feedForward: { readonly up: Dense; readonly down: Dense };
};

/** The sizes and the forms of a Transformer's block. */
export type BlockShape = AttentionShape & { readonly epsilon: number; readonly activation: Activation };

/** What the backward pass wants of the forward pass; `slopes` are those of the activation. */
const SAVED = [
  ...(["normal", "means", "scales", "query", "keyValues", "attended", "logSums", "between"] as const),
  ...(["lastNormal", "lastMeans", "lastScales", "slopes", "active"] as const),
] as const;

type Saved = Record<(typeof SAVED)[number], Tensor>;

/**
 * A whole layer of a Transformer as one operation: y = x + attention(norm(x)), and y + net(norm(y)), [batch, time, features]. It spares the
 * time between kernels, the passes over memory of residual sums, and half of GELU's gradient. Undefined where the backend is not `simd`.
 * The keys' bias counts for nothing, and its gradient is 0: see `multiHead`.
 *
 * @throws {Error} when the shapes do not fit each other. @throws {RangeError} when the lengths do not fit.
 */
export function fusedBlock(x: Tensor3D, params: BlockParams, shape: BlockShape): Tensor3D | undefined {
  const bench = workbench();
  if (!bench) return undefined;
  const [batch, time, features] = x.shape;
  const { attentionNorm, attention, feedForwardNorm, feedForward } = params;
  checkAttention(x.shape, [batch, time, attention.keyValue.weight.shape[0]], shape);
  checkShapes(features, params);
  const passes = blockPasses(bench, batch * time, shape.epsilon);
  const heads = attentionPasses(bench, shape);
  const [y] = customOp({
    inputs: { x, ...named({ attentionNorm, feedForwardNorm, ...attention, ...feedForward }) },
    forward(save) {
      const { bias } = attention.keyValue;
      const keyValueBias = bias && copyValueBias(bench, bias, bench.at(bench.tensor(bias.shape)));
      const { y: normal, means, scales } = passes.norm(x, attentionNorm);
      const query = passes.dense(normal, attention.query),
        keyValues = passes.dense(normal, attention.keyValue, keyValueBias);
      const { attended, logSums } = heads.forward(query, keyValues);
      const between = passes.addDense(x, attended, attention.output);
      const { y: lastNormal, means: lastMeans, scales: lastScales } = passes.norm(between, feedForwardNorm);
      const slopes = passes.dense(lastNormal, feedForward.up);
      const active = passes.activate(slopes, shape.activation);
      const saved: Saved = { normal, means, scales, query, keyValues, attended, logSums, between, lastNormal, lastMeans, lastScales, slopes, active };
      save(SAVED.map((name) => saved[name]));
      return [passes.addDense(between, active, feedForward.down)];
    },
    backward([dy], saved) {
      const s = Object.fromEntries(SAVED.map((name, i) => [name, saved[i]])) as Saved;
      const down = passes.denseBackward(dy as Tensor, s.active, feedForward.down);
      const up = passes.denseBackward(passes.activateBackward(s.slopes, down.dx), s.lastNormal, feedForward.up);
      const last = passes.normBackward(s.between, { means: s.lastMeans, scales: s.lastScales }, feedForwardNorm, up.dx, dy as Tensor);
      const output = passes.denseBackward(last.dx, s.attended, attention.output);
      const { dQuery, dKeyValues } = heads.backward(s.query, s.keyValues, s.logSums, output.dx);
      const keyValue = passes.denseBackward(dKeyValues, s.normal, attention.keyValue);
      if (keyValue.dBias) bench.heap.f32(bench.at(keyValue.dBias), keyValue.dBias.size / 2).fill(0);
      const query = passes.denseBackward(dQuery, s.normal, attention.query, keyValue.dx);
      const first = passes.normBackward(x, s, attentionNorm, query.dx, last.dx);
      const gradients = { attentionNorm: first, feedForwardNorm: last, query, keyValue, output, up, down };
      return { x: first.dx, ...named(mapValues(gradients, ({ dWeight, dBias }) => ({ weight: dWeight, bias: dBias }))) };
    },
  });
  return y as Tensor3D;
}

function checkShapes(features: number, { attentionNorm, attention, feedForwardNorm, feedForward }: BlockParams): void {
  const width = attention.keyValue.weight.shape[0],
    hidden = feedForward.up.weight.shape[0];
  for (const [name, norm] of Object.entries({ attentionNorm, feedForwardNorm }))
    for (const [part, tensor] of Object.entries(norm)) checkShape("block", `the ${part} of ${name}`, tensor, features);
  const sizes = { query: [features, features], keyValue: [width, features], output: [features, features], up: [hidden, features], down: [features, hidden] };
  for (const [name, { weight, bias }] of Object.entries({ ...attention, ...feedForward })) {
    const [outputs, inputs] = sizes[name as keyof typeof sizes] as [number, number];
    checkShape("block", `the weight of ${name}`, weight, outputs, inputs);
    checkShape("block", `the bias of ${name}`, bias, outputs);
  }
}

/** The tensors of layers by name, without those that are missing. */
function named(layers: Record<string, { readonly weight: Tensor; readonly bias?: Tensor | undefined }>): Record<string, Tensor> {
  const entries = Object.entries(layers).flatMap(([name, { weight, bias }]) => [
    [`${name}.weight`, weight] as const,
    ...(bias ? [[`${name}.bias`, bias] as const] : []),
  ]);
  return Object.fromEntries(entries);
}

function mapValues<A, B>(record: Record<string, A>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]));
}
