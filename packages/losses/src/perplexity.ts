/** exp(loss): among how many equally likely characters the model seems to choose. `loss` in nats per character. */
export function perplexity(loss: number): number {
  return Math.exp(loss);
}
