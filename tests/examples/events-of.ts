/** Server-sent events of a whole answer: their names, and their data as the JSON that they are. */
export function eventsOf(body: string): { readonly event: string; readonly data: unknown }[] {
  const blocks = body.split("\n\n");
  if (blocks.pop() !== "") throw new Error(`the answer ends within an event: ${body.slice(-100)}`);
  return blocks.map((block) => {
    const fields = new Map(block.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]));
    return { event: fields.get("event") ?? "message", data: JSON.parse(fields.get("data") as string) };
  });
}
