import { ones, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { useBackend } from "../use-backend.ts";
import type { AttentionShape } from "./attention-shape.ts";
import { fusedAttention } from "./fused-attention.ts";

const PLAIN: AttentionShape = { heads: 4, keyValueHeads: 2, causal: false, window: 0 };

/** Attention over 2 sequences of 5 keys, asked by 3 queries of 8 features. */
const attention = (shape: Partial<AttentionShape>, keyValues: [number, number, number] = [2, 5, 8]) =>
  tidy(() => fusedAttention(ones([2, 3, 8]) as Tensor3D, ones(keyValues) as Tensor3D, { ...PLAIN, ...shape })?.shape as never);

describe("fusedAttention", () => {
  it("is there on simd only", async () => {
    await useBackend("cpu");
    expect(attention({})).toBeUndefined();
    await useBackend("simd");
    expect(attention({})).toEqual([2, 3, 8]);
  });

  it.each<[Partial<AttentionShape>, [number, number, number], string]>([
    [{}, [1, 5, 8], "keys and values must be [2, key, 8], but are [1,5,8]"],
    [{}, [2, 5, 9], "keys and values must be [2, key, 8], but are [2,5,9]"],
    [{ heads: 3, keyValueHeads: 3 }, [2, 5, 16], "3 heads must divide the 8 features"],
    [{ keyValueHeads: 3 }, [2, 5, 12], "3 key/value heads the heads"],
    [{ slopes: [1, 2, 3] }, [2, 5, 8], "slopes be one a head or none, but are 3"],
    [{ keyLengths: [5] }, [2, 5, 8], "2"],
    [{ keyLengths: [5, 6] }, [2, 5, 8], "6"],
    [{ keyLengths: [-1, 5] }, [2, 5, 8], "-1"],
  ])("refuses what would have the kernel read or write beside its arrays: %j with keys and values %j", async (shape, keyValues, message) => {
    await useBackend("simd");
    expect(() => attention(shape, keyValues)).toThrow(message);
  });
});
