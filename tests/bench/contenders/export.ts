// No contender, but what others need: writes our model of a shape into a folder, as model.safetensors and as model.onnx.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Shape } from "../shapes.ts";
import { exportedModel } from "./exported-model.ts";
import { serve } from "./serve.ts";

await serve<{ readonly shape: Shape; readonly folder: string }>(async ({ shape, folder }) => {
  const files = await exportedModel(shape);
  for (const [extension, bytes] of Object.entries(files)) writeFileSync(join(folder, `model.${extension}`), bytes);
  return () => ({});
});
