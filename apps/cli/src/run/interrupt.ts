/** Turns the first Ctrl-C (or a polite kill) into an abort, so that the run can save itself; the second ends the process at once. */
export function watchInterrupt(): { readonly signal: AbortSignal; unwatch(): void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    signal: controller.signal,
    unwatch() {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}
