/**
 * Lets the event loop turn once, so that timers, sockets and signals are seen between tokens. There is no `setImmediate` in browsers and edge
 * workers; a timer, which browsers hold back for 4 ms, is the last resort.
 */
export const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    const { setImmediate: immediate } = globalThis as { setImmediate?: (callback: () => void) => void };
    if (immediate) return void immediate(resolve);
    if (typeof MessageChannel !== "function") return void setTimeout(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
