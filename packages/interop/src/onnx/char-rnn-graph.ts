import type { CharRnn, CharRnnParams } from "@refrain/models";
import { type Graph, graph, type Value } from "./graph.ts";
import { linear, tiedLinear } from "./linear.ts";
import { recurrentLayer } from "./recurrent.ts";

/**
 * A char-rnn as a graph: tokens and the state before them in, logits and the state after them out, so that a caller can read on from
 * there. The state is h, of LSTMs h and c, [layers, batch, hidden], bottom first; it begins as zeros.
 */
export function charRnnGraph({ config }: CharRnn, { embedding, cells, head }: CharRnnParams): Graph {
  const { cell, hidden, layers, vocabulary } = config;
  const kind = cell === "peephole-lstm" ? "lstm" : cell;
  const fields = kind === "lstm" ? ["h", "c"] : ["h"];
  const state = (name: string, doc: string) => ({ name, type: "float32", shape: [layers, "batch", hidden], doc }) as const;
  const g = graph();
  const tokens = g.input({ name: "tokens", type: "int32", shape: ["batch", "time"], doc: "what is read" });
  const before = fields.map((field) => {
    const all = g.input(state(field, "the state before the first token, bottom layer first; zeros at the beginning"));
    return layers === 1 ? [all] : g.nodes("Split", [all], layers, { axis: 0 });
  });

  const table = g.weight("embedding.weight", embedding.weight);
  // ONNX's recurrent operators have time first.
  let x = g.node("Transpose", [g.node("Gather", [table, tokens])], { perm: [1, 0, 2] });
  const after = cells.map((params, i) => {
    const at = before.map((field) => field[i] as Value);
    const { outputs, states } = recurrentLayer(g, { kind, path: `cells.${i}`, params }, x, at);
    x = outputs;
    return states;
  });
  const read = g.node("Transpose", [x], { perm: [1, 0, 2] });
  const logits = "weight" in head ? linear(g, "head", head, read) : tiedLinear(g, "head", table, read, head.bias);

  g.output({ name: "logits", type: "float32", shape: ["batch", "time", vocabulary], doc: "for each place, of the token after it" }, logits);
  fields.forEach((field, i) => {
    const last = after.map((states) => states[i] as Value);
    g.output(state(`next_${field}`, `the state after the last token: ${field} of the next run`), g.node("Concat", last, { axis: 0 }));
  });
  return g;
}
