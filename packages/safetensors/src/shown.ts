/** A value of a file as a message can hold it: cut short, and safe for values nested deeper than the stack. */
export function shown(value: unknown): string {
  const nests = (item: unknown) => typeof item === "object" && item !== null;
  if (Array.isArray(value)) return value.some(nests) ? "[…]" : JSON.stringify(value.slice(0, 8)).slice(0, 80);
  return nests(value) ? "{…}" : (JSON.stringify(value)?.slice(0, 80) ?? "undefined");
}
