/** A value of a file as a message can hold it: cut short, and safe for values nested deeper than the stack. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.every((item) => typeof item === "number") ? `[${value.slice(0, 8)}]` : "[…]";
  return typeof value === "object" && value !== null ? "{…}" : (JSON.stringify(value)?.slice(0, 80) ?? "undefined");
}
