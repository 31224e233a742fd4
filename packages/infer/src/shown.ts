/** A value of a file as a message can hold it: cut short, and safe for what is nested deeper than the stack. */
export function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[…]" : "{…}";
  return JSON.stringify(value)?.slice(0, 80) ?? "missing";
}
