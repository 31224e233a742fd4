import { fold, gru, unfoldReader, unfoldTokens } from "@refrain/cells";
import { key, mapTree, useBackend } from "@refrain/core";
import { beamSearch, samplerOf, temperature, topK } from "@refrain/losses/sampling";
import { memory, mul, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, some } from "@refrain-tests/checks";

const VOCABULARY = 4,
  LENGTH = 3,
  STOP = 0;

/** An encoder's last state, and a generator of tokens that goes on from it. */
function encoderAndWriter() {
  const encoder = gru({ input: 2, hidden: 5 }),
    config = { cell: gru({ input: 3, hidden: 5, bias: false }), vocabulary: VOCABULARY };
  const writer = unfoldTokens(config),
    fresh = writer.init(key(1));
  const params = { ...fresh, cell: mapTree(fresh.cell, (leaf) => mul(leaf, 5)), readout: { weight: some([VOCABULARY, 5], 8, 2) as Tensor2D } };
  const { state } = fold(encoder).apply(encoder.init(key(2)), { x: some([1, 6, 2], 3) as Tensor3D });
  return { writer, params, state, reader: unfoldReader(config, params, state) };
}

describe.each(BACKENDS)("an unfolding on %s, under the samplers and searches of losses", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is searched by beams: with as many as there are texts, the likeliest of all is found", () => {
    const { reader } = encoderAndWriter();
    /** Every text's log-probability, in nats. */
    const all = new Map<string, number>();
    const walk = (tokens: readonly number[], total: number): void => {
      const { logits, place } = reader.read([1, ...tokens]);
      reader.release(place);
      const largest = Math.max(...logits);
      const norm = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
      logits.forEach((logit, token) => {
        const text = [...tokens, token];
        if (token === STOP || text.length === LENGTH) all.set(text.join(), total + logit - norm);
        else walk(text, total + logit - norm);
      });
    };
    walk([], 0);
    const best = [...all].toSorted(([, a], [, b]) => b - a).slice(0, 5);
    const before = memory().numTensors;
    const found = beamSearch(reader, { prompt: [1], beams: VOCABULARY ** LENGTH, length: LENGTH, stop: [STOP], count: 5 });
    expect(found.map(({ tokens }) => tokens.join())).toEqual(best.map(([text]) => text));
    found.forEach(({ logProbability }, i) => expect(logProbability).toBeCloseTo(best[i]?.[1] as number, 4));
    expect(memory().numTensors).toBe(before);
    reader.dispose();
  });

  it("writes greedily what one beam finds", () => {
    const { writer, params, state, reader } = encoderAndWriter();
    const [found] = beamSearch(reader, { prompt: [1], beams: 1, length: 6 });
    const { tokens } = tidy(() => writer.apply(params, { first: [1], state, length: 6 }) as never) as { tokens: number[][] };
    expect(tokens[0]).toEqual(found?.tokens);
    reader.dispose();
  });

  it("takes a sampler: the same random numbers draw the same tokens", () => {
    const { writer, params, state, reader } = encoderAndWriter();
    const draw = (seed: number) => {
      let turn = seed;
      const random = () => (turn++ * 0.618) % 1;
      return writer.apply(params, { first: [1], state, length: 8, sampler: samplerOf([topK(3), temperature(2)], random) }).tokens[0];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(new Set([1, 2, 3, 4].map((seed) => draw(seed)?.join())).size).toBeGreaterThan(1);
    reader.dispose();
  });
});
