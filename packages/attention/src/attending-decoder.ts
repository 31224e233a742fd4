import { add, concat, expandDims, squeeze, stack, tanh, type Tensor, type Tensor2D, type Tensor3D, unstack } from "@tensorflow/tfjs-core";
import { affine, type Cell, checkLengths, dense, type Key, split, type TensorTree } from "@refrain/core";
import { attend } from "./attend.ts";
import type { AttendingDecoder, AttendingDecoderParams, AttendingState, Remembered } from "./attending-contract.ts";
import { type AttendingDecoderConfig, checkAttendingDecoder } from "./attending-decoder-config.ts";
import { fillState } from "./attending-state.ts";
import { paddingMask } from "./padding-mask.ts";
import { namedSimilarity } from "./similarity.ts";

/**
 * The attending recurrent net: at each step it writes a query for what it wants to see of a memory, and puts what it found beside what it
 * knows. With h the cell's output (Luong et al. 2015, eqs. 5 and 7):
 *
 *     weights = softmax(similarity(query, memory)),  context = sum of weights * memory,  output = tanh(W [context; h])
 *
 * The query is h itself (`query: "new"`), or the last step's h, whose context the cell then reads beside x (`query: "last"`; Bahdanau et
 * al. 2015, section 3.1). The cell reads [x; context; last output], as far as they are fed to it: make it that wide. Where nothing is fed
 * or covered, and the backend has a kernel for the cell, it runs all steps first, and then looks for all of them at once. A memory of
 * length 0 gives a context of zeros.
 *
 * @throws {RangeError} when a size does not fit, or an option asks for another similarity.
 */
export function attendingDecoder<P extends TensorTree, S extends TensorTree>(cell: Cell<P, S>, config: AttendingDecoderConfig): AttendingDecoder<P, S> {
  const { inputSize, hidden, ...full } = checkAttendingDecoder(cell, config);
  const { memoryFeatures, features, similarity, query, inputFeeding, coverage } = full;
  const compared = namedSimilarity({ similarity, queryFeatures: cell.hiddenSize, keyFeatures: memoryFeatures, hidden, coverage });
  const combine = dense({ inputs: memoryFeatures + cell.hiddenSize, outputs: features, bias: false });
  type Params = AttendingDecoderParams<P>;

  const remember = (params: Params, memory: Tensor3D, lengths?: readonly number[]): Remembered => {
    const [batch, count, width] = memory.shape;
    if (memory.rank !== 3 || width !== memoryFeatures)
      throw new Error(`attendingDecoder: the memory must be [batch, key, ${memoryFeatures}], but is [${memory.shape}].`);
    if (lengths) checkLengths(batch, count, lengths);
    const keys = compared.project(params.score, memory);
    return { memory, ...(keys && { keys }), ...(lengths && { mask: paddingMask(lengths, count) as Tensor3D }) };
  };
  /** Reads the memory for queries [batch, query, hidden]. */
  const look = (params: Params, asked: Tensor3D, { memory, keys = memory, mask }: Remembered, covered?: Tensor2D) =>
    attend(asked, keys, memory, { score: compared.scoreOf(params.score, covered && expandDims(covered, 1)), mask });
  const combined = (params: Params, context: Tensor, own: Tensor): Tensor => tanh(affine(concat([context, own], -1), params.combine));
  const widths = (keys: number) => ({
    hidden: query === "last" ? cell.hiddenSize : 0,
    attended: inputFeeding ? features : 0,
    coverage: coverage ? keys : 0,
  });
  /** The whole state, after a check of what goes with it. */
  const begin = (state: Partial<AttendingState<S>>, x: Tensor, rank: 2 | 3, { memory }: Remembered): AttendingState<S> => {
    const [batch, keys] = memory.shape;
    if (x.rank !== rank || x.shape[0] !== batch || x.shape[1] === 0 || x.shape.at(-1) !== inputSize)
      throw new Error(
        `attendingDecoder: x must be [${batch}, ${rank === 3 ? "time, " : ""}${inputSize}], as there are ${batch} memories, but is [${x.shape}].`,
      );
    return fillState(cell, state, batch, widths(keys));
  };

  const stepOf =
    (own: Cell<P, S>): AttendingDecoder<P, S>["step"] =>
    (params, state, x, remembered) => {
      const last = begin(state, x, 2, remembered);
      const lookFrom = (output: Tensor2D) => {
        const found = look(params, expandDims(output, 1), remembered, last.coverage);
        return { context: squeeze<Tensor2D>(found.output, [1]), weights: squeeze<Tensor2D>(found.weights, [1]) };
      };
      const before = last.hidden && lookFrom(last.hidden);
      const read = [x, before?.context, last.attended].filter((part) => part !== undefined);
      const next = own.step(params.cell, last.cell, concat(read, 1));
      const { context, weights } = before ?? lookFrom(next.output);
      const output = combined(params, context, next.output) as Tensor2D;
      const carried: AttendingState<S> = {
        cell: next.state,
        ...(last.hidden && { hidden: next.output }),
        ...(last.attended && { attended: output }),
        ...(last.coverage && { coverage: add(last.coverage, weights) as Tensor2D }),
      };
      return { output, weights, state: carried };
    };

  return {
    kind: "attending-decoder",
    config: { cell: { kind: cell.kind, config: cell.config }, ...full, ...(similarity === "additive" && { hidden }) },
    inputSize,
    outputSize: features,
    init(key) {
      const [a, b, c] = split(key, 3) as [Key, Key, Key];
      const score = compared.init(b);
      return { cell: cell.init(a), ...(score && { score }), combine: combine.init(c) };
    },
    remember,
    step: stepOf(cell),
    apply(params, { x, memory, memoryLengths, state = {} }, mode = "inference") {
      const remembered = remember(params, memory, memoryLengths);
      let carried = begin(state, x, 3, remembered);
      const independent = query === "new" && !inputFeeding && !coverage; // no step waits for what another found
      const run = independent ? cell.sequence?.(params.cell, carried.cell, x, undefined, { mode }) : undefined;
      if (run) {
        const { output: context, weights } = look(params, run.outputs, remembered);
        return { outputs: combined(params, context, run.outputs) as Tensor3D, weights: weights as Tensor3D, state: { cell: run.state } };
      }
      const [batch, time] = x.shape;
      const rows = Array.from({ length: batch }, (_, row) => row);
      const step = stepOf(mode === "inference" ? cell : (cell.prepare?.(mode.training, rows) ?? cell));
      // TensorFlow.js's unstack has no gradient when there is a single slice.
      const inputs = time === 1 ? [squeeze<Tensor2D>(x, [1])] : (unstack(x, 1) as Tensor2D[]);
      const done = inputs.map((input) => {
        const next = step(params, carried, input, remembered);
        carried = next.state;
        return next;
      });
      const pile = (part: "output" | "weights") =>
        stack(
          done.map((each) => each[part]),
          1,
        ) as Tensor3D;
      return { outputs: pile("output"), weights: pile("weights"), state: carried };
    },
  };
}
