/** An event for each piece of text that is not empty; gives what the pieces end with. */
export async function* textEvents<End>(pieces: AsyncGenerator<string, End>, event: (text: string) => string): AsyncGenerator<string, End> {
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) {
        ended = true;
        return value;
      }
      if (value !== "") yield event(value);
    }
  } finally {
    if (!ended) await pieces.return(undefined as End);
  }
}
