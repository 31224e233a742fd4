/** Tells when a signal is aborted, or was. Gives what leaves off listening: a signal may outlive its listeners by far. */
export function whenAborted(signal: AbortSignal, tell: () => void): () => void {
  if (signal.aborted) tell();
  else signal.addEventListener("abort", tell);
  return () => signal.removeEventListener("abort", tell);
}
