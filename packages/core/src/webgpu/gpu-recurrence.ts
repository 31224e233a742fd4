import {
  clone,
  fused,
  gather,
  matMul,
  mul,
  reshape,
  slice,
  type Tensor,
  tensor1d,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  transpose,
  unsortedSegmentSum,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { type RecurrenceInputs, type RecurrenceOutputs, recurrenceTensors } from "../fused/recurrence-contract.ts";
import { RECURRENT_KERNELS, type RecurrentKind } from "../fused/recurrent-kernels.ts";
import { recurrentBackward } from "./recurrent-backward.ts";
import { recurrentForward } from "./recurrent-forward.ts";
import { recurrentStates } from "./recurrent-states.ts";
import { nameOf, type RecurrentVariant } from "./recurrent-wgsl.ts";
import { fitsOneBinding, runProgram } from "./run-program.ts";
import { sumRows } from "./sum-rows.ts";

/** Multiplications for one sequence in one dispatch: few enough that a weak GPU's watchdog sees the end of it. */
const WORK = 2 ** 24;

type Call = {
  readonly variant: RecurrentVariant;
  readonly inputs: RecurrenceInputs;
  readonly batch: number;
  readonly time: number;
  readonly hidden: number;
  /** gates * hidden */
  readonly width: number;
  readonly lengths: readonly number[] | undefined;
};

/**
 * A recurrent net over whole sequences on WebGPU, with its gradient: see `fusedRecurrence`. Undefined where what it keeps of all steps is more
 * than this GPU binds as one array. Each pass is one dispatch for as many steps as
 * do not take too long, and a few products over all steps.
 */
export function gpuRecurrence(kind: RecurrentKind, inputs: RecurrenceInputs, lengths?: readonly number[], reverse = false): RecurrenceOutputs | undefined {
  const { x, h: initial } = inputs;
  const [batch, time] = ("table" in x ? x.indices : x).shape as [number, number];
  const hidden = initial.shape[1];
  // To transpose the weights pays when they are read more than once.
  const variant = { kind, reverse, lengths: lengths !== undefined, bias: inputs.biasHidden !== undefined, transposed: time > 1 };
  const call: Call = { variant, inputs, batch, time, hidden, width: RECURRENT_KERNELS[kind].gates * hidden, lengths };
  // The larger of what the two passes keep.
  if (!fitsOneBinding(2 * batch * (time + 1) * (hidden + call.width))) return undefined;
  const [outputs, h, c] = customOp({
    inputs: recurrenceTensors(inputs),
    forward: (save) => forward(call, save),
    backward: (gradients, saved) => backward(call, gradients, saved),
  }) as [Tensor3D, Tensor2D, Tensor2D | undefined];
  return c ? { outputs, h, c } : { outputs, h };
}

function forward(call: Call, save: (tensors: Tensor[]) => void): Tensor[] {
  const { variant, inputs, batch, time, hidden, width } = call;
  const { cell, extra } = RECURRENT_KERNELS[variant.kind];
  const { rows, indices } = rowsOf(call);
  const lengths = call.lengths && tensor1d([...call.lengths], "int32");
  const projected = fused.matMul({ a: rows, b: inputs.weightInput, transposeB: true, ...(inputs.biasInput && { bias: inputs.biasInput }) });
  const given = {
    projected,
    weights: variant.transposed ? transpose(inputs.weightHidden) : inputs.weightHidden,
    ...(inputs.biasHidden && { bias: inputs.biasHidden }),
    h0: inputs.h,
    ...(cell && { c0: inputs.c as Tensor }),
    ...(lengths && { lengths }),
  };
  const all = batch * time;
  const tape = overSteps(call, "forward", recurrentForward, given, [0, time], [all * (hidden + (extra ? width + hidden : 0))]);
  save([tape, rows, ...(lengths ? [lengths] : []), ...(indices ? [indices] : [])]);
  const last = (initial: Tensor, section: number) => statesOf(call, "last", { tape, initial, ...(lengths && { lengths }) }, section, [batch, hidden]);
  const outputs = part(tape, 0, [batch, time, hidden]);
  const h = time === 1 && !lengths ? reshape(outputs, [batch, hidden]) : last(inputs.h, 0);
  return [outputs, h, ...(cell ? [last(inputs.c as Tensor, all * (hidden + width))] : [])];
}

function backward(call: Call, [dOutputs, dhLast, dcLast]: Tensor[], saved: Tensor[]): Record<string, Tensor> {
  const { variant, inputs, batch, time, hidden, width } = call;
  const { cell, split } = RECURRENT_KERNELS[variant.kind];
  const [tape, rows, ...rest] = saved as [Tensor, Tensor2D, ...Tensor[]];
  const lengths = call.lengths && rest.shift();
  const [indices] = rest;
  const all = batch * time;
  const given = {
    tape,
    weights: inputs.weightHidden,
    dOutputs: dOutputs as Tensor,
    dhLast: dhLast as Tensor,
    ...(cell && { dcLast: dcLast as Tensor, c0: inputs.c as Tensor }),
    ...(split && { h0: inputs.h }),
    ...(lengths && { lengths }),
  };
  const initial = all * width * (split ? 2 : 1);
  const found = overSteps(call, "backward", recurrentBackward, given, [time - 1, -1], [initial + 2 * batch * hidden]);
  const dInput = part(found, 0, [all, width]) as Tensor2D;
  const dRecurrent = split ? (part(found, all * width, [all, width]) as Tensor2D) : dInput;
  const previous = statesOf(call, "before each", { tape, initial: inputs.h, ...(lengths && { lengths }) }, 0, [all, hidden]) as Tensor2D;
  const dRows = matMul(dInput, inputs.weightInput);
  const { x, biasInput, biasHidden } = inputs;
  const dBias = biasInput && sumRows(dInput, width);
  return {
    x: "table" in x ? unsortedSegmentSum(dRows, indices as never, x.table.shape[0]) : reshape(dRows, x.shape),
    weightInput: matMul(dInput, rows, true, false),
    weightHidden: matMul(dRecurrent, previous, true, false),
    ...(dBias && { biasInput: dBias }),
    ...(biasHidden && { biasHidden: dBias && !split ? clone(dBias) : sumRows(dRecurrent, width) }),
    h: part(found, initial, [batch, hidden]),
    ...(cell && { c: part(found, initial + batch * hidden, [batch, hidden]) }),
  };
}

/** The inputs of all steps [batch * time, input], and where they come from a table, their indices [batch * time]. Padding is zeros, or any row. */
function rowsOf({ inputs: { x }, batch, time, lengths }: Call): { readonly rows: Tensor2D; readonly indices?: Tensor } {
  const real = lengths && Int32Array.from({ length: batch * time }, (_, row) => (row % time < (lengths[Math.floor(row / time)] as number) ? 1 : 0));
  if ("table" in x) {
    const given = reshape(x.indices, [-1]);
    const indices = real ? mul(given, tensor1d(real, "int32")) : clone(given);
    return { rows: gather(x.table, indices) as Tensor2D, indices };
  }
  const rows = reshape(x, [batch * time, -1]) as Tensor2D;
  return { rows: real ? where(tensor2d(Uint8Array.from(real), [batch * time, 1], "bool"), rows, zerosLike(rows)) : clone(rows) };
}

/** Runs steps from the first to before the end, or down to the end, on as few dispatches as may be; where they take one each, over all of the GPU. */
function overSteps(
  { variant, batch, time, hidden, width }: Call,
  pass: string,
  code: (variant: RecurrentVariant, size: number) => string,
  inputs: Readonly<Record<string, Tensor>>,
  [first, end]: readonly [number, number],
  shape: readonly number[],
): Tensor {
  const size = Math.min(256, 64 * Math.ceil(hidden / 64));
  const down = end < first;
  const steps = Math.abs(end - first) + (down ? 1 : 0);
  const atOnce = Math.min(steps, Math.max(1, Math.floor(WORK / (width * hidden))));
  const blocks = atOnce === 1 ? Math.ceil(hidden / size) : 1;
  let result: readonly number[] | Tensor = shape;
  for (let done = 0; done < steps; done += atOnce) {
    const now = Math.min(atOnce, steps - done);
    const bounds: { first: number; end: number } = down
      ? { first: first - done, end: first - done - now + 1 }
      : { first: first + done, end: first + done + now };
    result = runProgram(
      {
        name: `${nameOf(variant)} ${pass}`,
        code: () => code(variant, size),
        inputs,
        ints: { batch, time, hidden, blocks, ...bounds },
        size,
        workgroups: batch * blocks,
      },
      result,
    );
  }
  return result as Tensor;
}

function statesOf(
  { variant, batch, time, hidden }: Call,
  which: "before each" | "last",
  inputs: Readonly<Record<string, Tensor>>,
  section: number,
  shape: readonly [number, number],
): Tensor {
  const workgroups = Math.ceil((shape[0] * shape[1]) / 64);
  // Which is not of the weights: one program serves all kinds.
  const name = `states ${which}${variant.reverse ? " reverse" : ""}${variant.lengths ? " lengths" : ""}`;
  return runProgram({ name, code: () => recurrentStates(variant, which), inputs, ints: { batch, time, hidden, section }, workgroups }, shape);
}

/** So much of an array, from a place on. */
function part(array: Tensor, start: number, shape: number[]): Tensor {
  return reshape(slice(array, [start], [shape.reduce((product, length) => product * length, 1)]), shape);
}
