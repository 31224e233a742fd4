import { key, useBackend } from "@refrain/core";
import { expandDims, type Tensor2D, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { recurrence } from "./recurrence.ts";
import { recursiveNet } from "./recursive-net.ts";
import { rnn } from "./rnn.ts";
import { chainOf, sizes } from "./tree.test-helper.ts";

describe.each(BACKENDS)("recursiveNet on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is for a chain what an rnn is for a sequence", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), sizes, fc.constantFrom("tanh", "relu"), (length, config, nonlinearity) =>
        tidy(() => {
          const { bias, ...weights } = recursiveNet(config).init(key(3)),
            x = some([length, config.input], 1) as Tensor2D;
          const found = recursiveNet({ ...config, nonlinearity }).apply({ ...weights, ...(bias && { bias }) }, { x, parents: chainOf(length) });
          const biases = bias && { biasInput: bias, biasHidden: zeros([config.hidden]) as typeof bias };
          const { outputs } = recurrence(rnn({ ...config, nonlinearity })).apply({ ...weights, ...biases }, { x: expandDims(x, 0) as Tensor3D });
          expectClose(found.h.dataSync(), outputs.dataSync());
        }),
      ),
      { numRuns: 20 },
    );
  });
});

describe("recursiveNet", () => {
  it("refuses a nonlinearity that is none of those offered", () => {
    expect(() => recursiveNet({ input: 1, hidden: 1, nonlinearity: "gelu" as "relu" })).toThrow(
      'recursiveNet: nonlinearity must be "tanh" or "relu", but is "gelu".',
    );
  });
});
