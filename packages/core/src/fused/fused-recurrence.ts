import { clone, type Tensor, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import type { TableRows } from "../contract.ts";
import { customOp } from "../custom-op.ts";
import { workbench, type Workbench } from "../simd/workbench.ts";
import { gpuRecurrence } from "../webgpu/gpu-recurrence.ts";
import { onWebgpu } from "../webgpu/run-program.ts";
import { type RecurrenceInputs, type RecurrenceOutputs, recurrenceTensors } from "./recurrence-contract.ts";
import { RECURRENT_KERNELS, type RecurrentKernel, type RecurrentKind } from "./recurrent-kernels.ts";
import { distinctRows } from "./distinct-rows.ts";
import { checkLengths, planSequences } from "./sequence-plan.ts";

/**
 * A recurrent net over whole sequences by the fused kernels, with its gradient; undefined where the backend has none: where it is neither
 * `simd` nor `webgpu`, or on `webgpu` there is nothing to compute. `lengths` [batch] and `reverse`: see `Cell.sequence`.
 */
export function fusedRecurrence(kind: RecurrentKind, inputs: RecurrenceInputs, lengths?: readonly number[], reverse?: boolean): RecurrenceOutputs | undefined {
  const bench = workbench();
  const gpu = onWebgpu();
  if (!bench && !gpu) return undefined;
  const kernel = RECURRENT_KERNELS[kind];
  const { x } = inputs;
  checkShapes(kernel, inputs);
  const [batch, time] = ("table" in x ? x.indices : x).shape as [number, number];
  if (!bench) {
    if (lengths) checkLengths(batch, time, lengths);
    const tensors = [...Object.values(recurrenceTensors(inputs)), ...("table" in x ? [x.indices] : [])];
    return tensors.some(({ size }) => size === 0) ? undefined : gpuRecurrence(kind, inputs, lengths, reverse);
  }
  const plan = planSequences(batch, time, lengths, reverse);
  const [outputs, h, c] = customOp({
    inputs: recurrenceTensors(inputs),
    forward: (save) => forward(bench, kernel, inputs, plan, save),
    backward: (gradients, saved) => backward(bench, kernel, inputs, gradients, saved),
  }) as [Tensor3D, Tensor2D, Tensor2D | undefined];
  return c ? { outputs, h, c } : { outputs, h };
}

/** Kernels read what they are pointed at. @throws {Error} when a parameter or the state is not of the shape that it must have. */
function checkShapes(kernel: RecurrentKernel, inputs: RecurrenceInputs): void {
  const { batch, input, hidden, gates } = sizesOf(kernel, inputs, 0);
  const expected = {
    weightInput: [gates, input],
    weightHidden: [gates, hidden],
    biasInput: [gates],
    biasHidden: [gates],
    h: [batch, hidden],
    c: [batch, hidden],
  };
  for (const [name, shape] of Object.entries(expected)) {
    const given = inputs[name as keyof typeof expected];
    if (given && given.shape.join() !== shape.join()) throw new Error(`${name} must be [${shape}], but is [${given.shape}].`);
  }
  if ("table" in inputs.x && inputs.x.indices.dtype !== "int32") throw new Error(`the indices must be int32, but are ${inputs.x.indices.dtype}.`);
}

type Plan = ReturnType<typeof planSequences>;
type Sizes = { batch: number; time: number; input: number; hidden: number; n: number; gates: number };

function sizesOf(kernel: RecurrentKernel, { x, h }: RecurrenceInputs, n: number): Sizes {
  const [batch, time] = ("table" in x ? x.indices : x).shape as [number, number];
  const input = ("table" in x ? x.table : x).shape.at(-1) as number;
  const hidden = h.shape[1];
  return { batch, time, input, hidden, n, gates: kernel.gates * hidden };
}

/** table[rows] as a new tensor. */
function gather({ run, tensor, at }: Workbench, table: Tensor, limit: number, width: number, rows: Tensor): Tensor {
  const out = tensor([rows.size, width]);
  run.gatherRows(rows.size, width, limit, at(table), at(rows), at(out));
  return out;
}

/** A new tensor of this shape with values at `rows`, zeros elsewhere. */
function scatter({ run, heap, tensor, at }: Workbench, values: Tensor, rows: Tensor, shape: number[]): Tensor {
  const out = tensor(shape);
  const width = shape.at(-1) as number;
  if (rows.size * width < out.size) heap.f32(at(out), out.size).fill(0);
  run.scatterRows(rows.size, width, out.size / Math.max(width, 1), at(values), at(rows), at(out));
  return out;
}

function forward(bench: Workbench, kernel: RecurrentKernel, inputs: RecurrenceInputs, plan: Plan, save: (tensors: Tensor[]) => void): Tensor[] {
  const { run, tensor, at } = bench;
  const { batch, time, input, hidden, n, gates } = sizesOf(kernel, inputs, plan.rows.length);
  const [rows, counts, order] = [plan.rows, plan.counts, plan.order].map(bench.ints) as [Tensor, Tensor, Tensor];
  const h = gather(bench, inputs.h, batch, hidden, order);
  const c = inputs.c && gather(bench, inputs.c, batch, hidden, order);
  const activations = tensor([n, gates]),
    previous = tensor([n, hidden]);
  const extra = kernel.extra ? tensor([n, hidden]) : activations;
  const outputs = kernel.extra ? tensor([n, hidden]) : activations;
  const initialCell = c && gather(bench, inputs.c as Tensor, batch, hidden, order);
  const bias = kernel.split ? inputs.biasInput : sumOfBiases(bench, inputs, gates);
  const project = (x: Tensor, out: Tensor) =>
    run.gemm(false, true, out.size / gates, gates, input, at(x), input, at(inputs.weightInput), input, at(bias), at(out), gates, false);
  let x: Tensor;
  let distinct: DistinctTensors | undefined;
  if ("table" in inputs.x) {
    distinct = distinctOf(bench, inputs.x, plan.rows);
    x = gather(bench, inputs.x.table, inputs.x.table.shape[0], input, distinct.values);
    const projected = tensor([x.shape[0] as number, gates]);
    project(x, projected);
    run.gatherRows(n, gates, x.shape[0] as number, at(projected), at(distinct.slots), at(activations));
  } else {
    x = gather(bench, inputs.x, batch * time, input, rows);
    project(x, activations);
  }
  kernel.forward(run, {
    time: counts.size,
    hidden,
    counts: at(counts),
    gates: at(activations),
    weights: at(inputs.weightHidden),
    recurrentBias: at(inputs.biasHidden),
    h: at(h),
    c: at(c),
    previous: at(previous),
    extra: at(extra),
    outputs: at(outputs),
  });
  save([rows, counts, order, x, activations, previous, extra, ...(initialCell ? [initialCell] : []), ...(distinct ? [distinct.values, distinct.slots] : [])]);
  const results = [scatter(bench, outputs, rows, [batch, time, hidden]), scatter(bench, h, order, [batch, hidden])];
  return c ? [...results, scatter(bench, c, order, [batch, hidden])] : results;
}

type DistinctTensors = { readonly values: Tensor; readonly slots: Tensor };

/** The table's rows that occur, and for each packed row which of them it is. */
function distinctOf({ ints }: Workbench, { table, indices }: TableRows, rows: Int32Array): DistinctTensors {
  const { values, slots } = distinctRows(indices.dataSync<"int32">() as Int32Array, rows, table.shape[0]);
  return { values: ints(values), slots: ints(slots) };
}

function sumOfBiases({ run, tensor, at }: Workbench, { biasInput, biasHidden }: RecurrenceInputs, size: number): Tensor | undefined {
  if (!biasInput || !biasHidden) return biasInput ?? biasHidden;
  const sum = tensor([size]);
  run.blend(size, at(biasInput), 1, at(biasHidden), 1, at(sum));
  return sum;
}

function backward(bench: Workbench, kernel: RecurrentKernel, inputs: RecurrenceInputs, gradients: Tensor[], saved: Tensor[]): Record<string, Tensor> {
  const { run, heap, tensor, at } = bench;
  const [rows, counts, order, x, activations, previous, extra, ...rest] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
  const initialCell = kernel.cell ? rest.shift() : undefined;
  const [values, slots] = rest;
  const { batch, time, input, hidden, n, gates } = sizesOf(kernel, inputs, rows.size);
  const [dy, dhLast, dcLast] = gradients as [Tensor, Tensor, Tensor?];
  const dOutputs = gather(bench, dy, batch * time, hidden, rows);
  const dh = gather(bench, dhLast, batch, hidden, order);
  const dc = dcLast && gather(bench, dcLast, batch, hidden, order);
  const dInput = tensor([n, gates]);
  const dRecurrent = kernel.split ? tensor([n, gates]) : dInput;
  kernel.backward(run, {
    time: counts.size,
    hidden,
    counts: at(counts),
    gates: at(activations),
    weights: at(inputs.weightHidden),
    recurrentBias: 0,
    h: 0,
    c: at(initialCell),
    previous: at(previous),
    extra: at(extra),
    outputs: 0,
    dOutputs: at(dOutputs),
    dh: at(dh),
    dc: at(dc),
    dInput: at(dInput),
    dRecurrent: at(dRecurrent),
  });
  const weightGradient = (d: Tensor, by: Tensor, width: number) => {
    const out = tensor([gates, width]);
    run.gemm(true, false, gates, width, d.size / gates, at(d), gates, at(by), width, 0, at(out), width, false);
    return out;
  };
  const biasGradient = (d: Tensor) => {
    const out = tensor([gates]);
    run.sumColumns(d.size / gates, gates, at(d), at(out), false);
    return out;
  };
  // Of distinct rows of a table, each takes the gradients of all places that it stands in.
  let dProjected = dInput;
  if (slots) {
    dProjected = tensor([x.shape[0] as number, gates]);
    heap.f32(at(dProjected), dProjected.size).fill(0);
    run.scatterAddRows(n, gates, x.shape[0] as number, at(dInput), at(slots), at(dProjected));
  }
  const dx = tensor(x.shape);
  run.gemm(false, false, x.shape[0] as number, input, gates, at(dProjected), gates, at(inputs.weightInput), input, 0, at(dx), input, false);
  const biasInput = biasGradient(dProjected);
  return {
    x: "table" in inputs.x ? scatter(bench, dx, values as Tensor, inputs.x.table.shape) : scatter(bench, dx, rows, [batch, time, input]),
    weightInput: weightGradient(dProjected, x, input),
    weightHidden: weightGradient(dRecurrent, previous, hidden),
    biasInput,
    biasHidden: kernel.split ? biasGradient(dRecurrent) : clone(biasInput),
    h: scatter(bench, dh, order, [batch, hidden]),
    ...(dc && { c: scatter(bench, dc, order, [batch, hidden]) }),
  };
}
