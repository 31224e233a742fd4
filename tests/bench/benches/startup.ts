import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "../contract.ts";
import { compare } from "../compare/compare.ts";
import { freshEachTurn, openContender } from "../compare/contender.ts";
import { onnxProducts } from "../contenders/onnx-products.ts";
import { shapeOf } from "../shapes.ts";

const SHAPE = "lstm char-rnn-128";

const SHAPES = { product: "to the first product, 256³", token: `to the first token of a saved ${SHAPE}` } as const;

/** From the first import in a fresh process to a result: ms. */
export const startup: Bench = async ({ threads = 1 }, output) => {
  const folder = mkdtempSync(join(tmpdir(), "refrain-bench-"));
  try {
    writeFileSync(join(folder, "product.onnx"), onnxProducts(256, 1));
    (await openContender("export", { shape: shapeOf(SHAPE), folder })).close();
    for (const what of ["product", "token"] as const) {
      const opens = (runtime: string) => async () => freshEachTurn(() => openContender("startup", { runtime, what, threads, folder }));
      await compare(
        {
          bench: "startup",
          shape: SHAPES[what],
          unit: "ms",
          ours: [{ threads, open: opens("simd") }],
          theirs: [
            { peer: "tfjs-backend-wasm", open: opens("wasm") },
            { peer: "onnxruntime-web", open: opens("onnxruntime-web") },
          ],
        },
        output,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
};
