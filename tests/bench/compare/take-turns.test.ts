import { describe, expect, it } from "vitest";
import type { Contender } from "./contender.ts";
import { takeTurns } from "./take-turns.ts";

/** A contender whose turns come to 1, 2, 3, …, and who says who had its turn. */
function counting(name: string, order: string[]): Contender {
  let turns = 0;
  return {
    turn() {
      order.push(name);
      return Promise.resolve({ value: ++turns });
    },
    close() {},
  };
}

describe("takeTurns", () => {
  it("lets the sides alternate, and takes medians of what comes after warming up", async () => {
    const order: string[] = [];
    const found = await takeTurns([counting("a", order), counting("b", order)], 3);
    expect(order.join("")).toBe("ababababab");
    expect(found).toEqual([{ value: 4 }, { value: 4 }]);
  });

  it("goes on without a side that fails, and says why it did", async () => {
    const order: string[] = [];
    const failing: Contender = { turn: () => Promise.reject(new Error("no gradient")), close() {} };
    const [failed, went] = await takeTurns([failing, counting("b", order)], 1);
    expect(failed).toEqual(new Error("no gradient"));
    expect(went).toEqual({ value: 3 });
  });
});
