import type { Decoder, Reading } from "@refrain/models";

/**
 * What a text costs a model that reads it token by token from its start, as it does when it writes: the mean surprise in nats, and of how
 * many characters. Those that the model never saw are read, but do not count.
 */
export function readingLoss(reader: Decoder, tokens: Int32Array, unknown: number): { readonly loss: number; readonly characters: number } {
  let reading: Reading | undefined;
  let sum = 0,
    characters = 0;
  for (const token of tokens) {
    if (reading && token !== unknown) {
      sum += surprise(reading.logits, token);
      characters++;
    }
    const next = reader.read([token], reading?.place, reading?.logits);
    if (reading) reader.release(reading.place);
    reading = next;
  }
  if (reading) reader.release(reading.place);
  return { loss: sum / characters, characters };
}

/** -log softmax(logits)[token] */
function surprise(logits: Float32Array, token: number): number {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return largest + Math.log(sum) - (logits[token] as number);
}
