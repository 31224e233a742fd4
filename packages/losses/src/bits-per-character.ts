/** A loss in nats per character as bits per character. */
export function bitsPerCharacter(loss: number): number {
  return loss / Math.LN2;
}
