import {
  bidirectional,
  deep,
  fold,
  gru,
  lstm,
  recurrence,
  recursiveNet,
  rnn,
  type SequenceLayer,
  stabilizer,
  stack,
  treeLstm,
  unfold,
  variationalDropout,
  zoneout,
} from "@refrain/cells";
import { key, leaves, type Layer, type Mode, type TensorTree } from "@refrain/core";
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { LENGTHS, matrix, sequences } from "../inputs.ts";
import { operation, type Operation } from "../operation.ts";

const CELLS = "@refrain/cells";
const training: Mode = { training: key(7) };
const sizes = { input: 5, hidden: 6 };

/** A layer over sequences: its outputs and last states. */
function overSequences<P extends TensorTree, S extends TensorTree>(
  name: string,
  layer: SequenceLayer<P, S>,
  lengths?: readonly number[],
  mode?: Mode,
): Operation {
  return operation(
    CELLS,
    name,
    () => ({ params: layer.init(key(1)) as TensorTree, x: sequences() as Tensor }),
    ({ params, x }) => {
      const { outputs, state } = layer.apply(params as P, { x: x as Tensor3D, lengths }, mode);
      return [outputs, ...leaves(state)];
    },
  );
}

/** A net over trees: the state of each node. */
const overTrees = <P extends TensorTree, S extends TensorTree>(name: string, net: Layer<P, { x: Tensor2D; parents: readonly number[] }, S>): Operation =>
  operation(
    CELLS,
    name,
    () => ({ params: net.init(key(1)) as TensorTree, x: matrix(5, 5) as Tensor }),
    ({ params, x }) => leaves(net.apply(params as P, { x: x as Tensor2D, parents: [2, 2, 4, 4, -1] })),
  );

const square = lstm({ input: 6, hidden: 6 });
const folded = fold(gru(sizes));

export const cells: readonly Operation[] = [
  overSequences("rnn", recurrence(rnn(sizes))),
  overSequences("rnn, relu", recurrence(rnn({ ...sizes, nonlinearity: "relu" }))),
  overSequences("lstm", recurrence(lstm(sizes))),
  overSequences("lstm, lengths", recurrence(lstm(sizes)), LENGTHS),
  overSequences("lstm, reverse", recurrence(lstm(sizes), { reverse: true }), LENGTHS),
  overSequences("lstm, peepholes: diagonal", recurrence(lstm({ ...sizes, peepholes: "diagonal" }))),
  overSequences("lstm, peepholes: full", recurrence(lstm({ ...sizes, peepholes: "full" }))),
  overSequences("lstm, projection", recurrence(lstm({ ...sizes, projection: 3 }))),
  overSequences("lstm, layerNorm", recurrence(lstm({ ...sizes, layerNorm: true }))),
  overSequences("gru", recurrence(gru(sizes))),
  overSequences('gru, reset: "before"', recurrence(gru({ ...sizes, reset: "before" }))),
  overSequences("gru, layerNorm", recurrence(gru({ ...sizes, layerNorm: true }))),
  overSequences("stack", recurrence(stack([lstm(sizes), square]))),
  overSequences("stack, residual", recurrence(stack([lstm(sizes), square], { residual: true }))),
  overSequences("bidirectional", bidirectional(lstm(sizes), lstm(sizes)), LENGTHS),
  overSequences(
    "deep, of bidirectional layers",
    deep([bidirectional(gru(sizes), gru(sizes)), bidirectional(gru({ input: 12, hidden: 6 }), gru({ input: 12, hidden: 6 }))]),
  ),
  overSequences("zoneout, training", recurrence(zoneout(lstm(sizes), { rate: 0.3 })), undefined, training),
  overSequences("variationalDropout on inputs, training", recurrence(variationalDropout(lstm(sizes), { input: 0.3 })), undefined, training),
  overSequences("variationalDropout on both, training", recurrence(variationalDropout(lstm(sizes), { input: 0.3, recurrent: 0.3 })), undefined, training),
  operation(
    CELLS,
    "fold",
    () => ({ params: folded.init(key(1)) as TensorTree, x: sequences() as Tensor }),
    ({ params, x }) => leaves(folded.apply(params as never, { x: x as Tensor3D, lengths: LENGTHS }) as TensorTree),
  ),
  operation(
    CELLS,
    "unfold",
    () => ({ params: unfold(square).init(key(1)) as TensorTree, x: matrix(3, 6) as Tensor }),
    ({ params, x }) => unfold(square).apply(params as never, { x: x as Tensor2D, length: 3 }).outputs,
  ),
  operation(
    CELLS,
    "stabilizer",
    () => ({ params: stabilizer().init(key(1)) as TensorTree, x: sequences() as Tensor }),
    ({ params, x }) => stabilizer().apply(params as never, x),
  ),
  overTrees("treeLstm", treeLstm(sizes)),
  overTrees("recursiveNet", recursiveNet(sizes)),
];
