import { generate, type LanguageModel } from "@refrain/infer";
import { banned, generator, key, samplerOf, temperature } from "@refrain/sampling";

/** What a model writes alone, without a server, after a prompt. */
export async function expectedText({ session, tokenizer }: LanguageModel, prompt: string, length: number, seed: number): Promise<string> {
  const reader = session();
  const sampler = samplerOf([banned([tokenizer.unknown]), temperature(1)], generator(key(seed)));
  const tokens: number[] = [];
  for await (const token of generate(reader, tokenizer.encode(`\n${prompt}`), sampler, { length })) tokens.push(token);
  reader.dispose();
  return tokenizer.decode(tokens);
}
