import { generate, loadLanguageModel } from "@refrain/infer";
import { banned, generator, key, samplerOf, temperature } from "@refrain/sampling";

type Query = { readonly prompt?: string; readonly length: number; readonly temperature?: number; readonly seed?: number };

/** What an example must answer: what the model writes here, in Node, after the prompt. */
export async function writtenText(file: Uint8Array<ArrayBuffer>, { prompt = "", length, temperature: warmth = 0.8, seed = 1 }: Query): Promise<string> {
  const model = await loadLanguageModel(file);
  const { tokenizer } = model;
  const start = [...tokenizer.encode("\n"), ...tokenizer.encode(prompt)].filter((token) => token !== tokenizer.unknown);
  const sampler = samplerOf([banned([tokenizer.unknown]), temperature(warmth)], generator(key(seed)));
  const written = await Array.fromAsync(generate(model.session(), start, sampler, { length }));
  model.dispose();
  return tokenizer.decode([...start, ...written]).slice(tokenizer.decode(start).length);
}
