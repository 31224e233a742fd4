import { useBackend } from "@refrain/core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectNoLeak } from "@refrain-tests/checks";
import { sequenceMask } from "./sequence-mask.ts";

describe.each(BACKENDS)("sequenceMask on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is true before each length", () => {
    const mask = sequenceMask([2, 0, 3, 1], 3);
    expect(mask.dtype).toBe("bool");
    expect(mask.arraySync()).toEqual([
      [1, 1, 0],
      [0, 0, 0],
      [1, 1, 1],
      [1, 0, 0],
    ]);
  });

  it("leaves only what it hands out", () => {
    expectNoLeak(() => sequenceMask([1, 2], 4).dispose());
  });

  it("refuses lengths that no batch of that time has", () => {
    for (const length of [-1, 4, 1.5]) expect(() => sequenceMask([3, length], 3)).toThrow(`lengths[1] is ${length}`);
  });
});
