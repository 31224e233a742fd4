import type { Bench } from "../contract.ts";
import { compare } from "../compare/compare.ts";
import { openContender } from "../compare/contender.ts";
import { measureOurs } from "./measure-ours.ts";

const MODEL = "int8 lstm of 2 × 256, 3,501 tokens";

/** Fresh processes that count. */
const STARTS = 15;

/** Turns that count: many, as the two are nearly alike. */
const TURNS = 11;

/**
 * The example's Cloudflare Worker in workerd: from the start of its module to its first token, with the weights in memory, ms; and its model writing,
 * against the same in Node.
 */
export const edge: Bench = async (_, output) => {
  const [start] = await measureOurs([() => openContender("edge-start", {})], STARTS);
  const ours = start?.value as number;
  output.line({
    bench: "edge",
    shape: `from module start to the first token, ${MODEL}`,
    threads: 1,
    unit: "ms",
    ours,
    peer: null,
    peerValue: null,
    ratio: null,
  });
  const open = (runtime: string) => () => openContender("edge-sample", { runtime });
  await compare(
    {
      bench: "edge",
      shape: `sampling, ${MODEL}`,
      unit: "tokens/s",
      ours: [{ threads: 1, open: open("workerd") }],
      theirs: [{ peer: "Node", open: open("node") }],
      rounds: TURNS,
    },
    output,
  );
};
