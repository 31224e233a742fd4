// Our model reading one token more from a place in a text, on our backend, straight after so many tokens: µs.
import { key, useBackend } from "@refrain/core";
import { decoder } from "@refrain/models";
import type { Shape } from "../shapes.ts";
import { modelOf } from "./model-of.ts";
import { secondsPerCall } from "./seconds-per-call.ts";
import { serve } from "./serve.ts";
import { someTokens } from "./some-tokens.ts";

type Task = { readonly threads: number; readonly shape: Shape; readonly after: number };

await serve<Task>(async ({ threads, shape, after }) => {
  await useBackend("simd", { threads });
  const model = modelOf(shape);
  const reader = decoder(model, model.init(key(1)));
  const { place } = reader.read(someTokens(after, shape.vocabulary));
  const readOne = () => reader.release(reader.read([0], place).place);
  return async () => ({ value: 1e6 * (await secondsPerCall(readOne)) });
});
