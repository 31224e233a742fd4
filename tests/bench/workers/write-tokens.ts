import { generate, type LanguageModel } from "@refrain/infer/edge";
import { generator, key, samplerOf, temperature } from "@refrain/sampling";

/** Writes so many tokens, as the examples do. */
export async function writeTokens(model: LanguageModel, length: number): Promise<number> {
  const session = model.session();
  let written = 0;
  for await (const _ of generate(session, [1], samplerOf([temperature(0.8)], generator(key(1))), { length })) written++;
  session.dispose();
  return written;
}
