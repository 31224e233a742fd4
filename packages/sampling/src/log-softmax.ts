/** The logarithms of the probabilities of logits, in a new array; -Infinity stays. */
export function logSoftmax(logits: Float32Array): Float32Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const normaliser = largest + Math.log(sum);
  return logits.map((logit) => (logit === Number.NEGATIVE_INFINITY ? logit : logit - normaliser));
}
