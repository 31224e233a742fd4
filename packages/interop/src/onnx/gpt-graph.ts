import { sinusoidal } from "@refrain/attention";
import type { Gpt, GptParams } from "@refrain/models";
import type { NormParams } from "@refrain/transformer";
import { attention } from "./attention.ts";
import { feedForward } from "./feed-forward.ts";
import { type Graph, graph, type Value } from "./graph.ts";
import { linear, tiedLinear } from "./linear.ts";
import { norm } from "./norm.ts";
import { placesOf } from "./places.ts";

/** A GPT as a graph: tokens in, as many as its context at most, and logits out. */
export function gptGraph({ config }: Gpt, { embedding, positions: learned, blocks, head }: GptParams): Graph {
  const { vocabulary, context, features, heads, keyValueHeads, activation, positions } = config;
  const g = graph();
  const tokens = g.input({ name: "tokens", type: "int32", shape: ["batch", "time"], doc: `what is read, at most ${context} a text` });
  const places = placesOf(g, config, tokens);
  const table = g.weight("embedding.weight", embedding.weight);
  let x: Value = g.node("Gather", [table, tokens]);
  const added = learned?.weight ?? (positions === "sinusoidal" ? sinusoidal(context, features) : undefined);
  if (added) x = g.node("Add", [x, g.node("Gather", [g.weight("positions.weight", added), places.numbers])]);

  const shape = { heads, keyValueHeads, size: features / heads };
  blocks.layers.forEach((block, i) => {
    const path = `blocks.layers.${i}`;
    const attended = attention(g, `${path}.attention`, block.attention, shape, places, norm(g, `${path}.attentionNorm`, block.attentionNorm, x));
    const between = g.node("Add", [x, attended]);
    const fed = feedForward(g, `${path}.feedForward`, activation, block.feedForward, norm(g, `${path}.feedForwardNorm`, block.feedForwardNorm, between));
    x = g.node("Add", [between, fed]);
  });
  const read = norm(g, "blocks.norm", blocks.norm as NormParams, x);
  const logits = head ? linear(g, "head", head, read) : tiedLinear(g, "head", table, read);

  g.output({ name: "logits", type: "float32", shape: ["batch", "time", vocabulary], doc: "for each place, of the token after it" }, logits);
  return g;
}
