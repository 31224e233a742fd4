import { findBrowser } from "@refrain-tests/browser/find-browser";
import { openPage } from "@refrain-tests/browser/open-page";
import { serve } from "@refrain-tests/browser/serve";
import type { Bench } from "../contract.ts";
import { ratioOf } from "../compare/line.ts";
import type { DispatchTask } from "../pages/dispatches.ts";
import { shapeOf } from "../shapes.ts";

/**
 * How many dispatches a training step and a token take on WebGPU, by our programs and composed of TensorFlow.js's operations. No times are
 * taken: it counts in Chromium on a GPU in software, and every other GPU is sent the same dispatches.
 */
export const dispatches: Bench = async (_, output) => {
  let executable: string;
  try {
    executable = findBrowser();
  } catch (error) {
    output.note(`dispatches  webgpu cannot be measured: ${(error as Error).message}`);
    return;
  }
  const { server, url } = await serve([], new URL("../pages/dispatches.ts", import.meta.url));
  /** Each count in a browser of its own, as programs are registered for good. */
  const count = async (task: DispatchTask) => {
    const { browser, page } = await openPage(executable, url);
    try {
      return await page.evaluate((given) => check(given), task);
    } finally {
      await browser.close();
    }
  };
  try {
    for (const name of ["lstm char-rnn-128", "gru char-rnn-128", "gpt-cpu"]) {
      for (const what of ["train", "sample"] as const) {
        const shape = { ...shapeOf(name), batch: BATCH };
        const ours = await count({ what, composed: false, shape });
        const composed = await count({ what, composed: true, shape });
        const title = what === "train" ? `a training step of ${name}, ${BATCH} sequences of ${shape.context}` : `a token of ${name}`;
        const unit = "dispatches";
        output.line({ bench: "dispatches", shape: title, threads: 1, unit, ours, peer: "composed", peerValue: composed, ratio: ratioOf(unit, ours, composed) });
      }
    }
  } finally {
    server.close();
  }
};

/** Sequences of a batch, so few for the GPU in software: the dispatches are those of larger batches. */
const BATCH = 4;
