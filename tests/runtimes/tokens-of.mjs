// What every runtime does: write 200 seeded tokens. Plain JavaScript, which all of them read as it is.
import { generate } from "@refrain/infer/edge";
import { banned, generator, key, samplerOf, temperature } from "@refrain/sampling";

/** @param {import("@refrain/infer/edge").LanguageModel} model */
export async function tokensOf(model) {
  const session = model.session();
  const sampler = samplerOf([banned([model.tokenizer.unknown]), temperature(0.8)], generator(key(1)));
  /** @type {number[]} */
  const tokens = [];
  for await (const token of generate(session, model.tokenizer.encode("\n"), sampler, { length: 200 })) tokens.push(token);
  session.dispose();
  return tokens;
}
