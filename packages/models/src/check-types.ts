/** @throws {TypeError} unless each of a config's values is of the type: a file's config may hold anything. */
export function checkTypes(model: string, type: "boolean" | "number", values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    if (typeof value !== type) throw new TypeError(`${model}: ${name} must be a ${type}, but is ${JSON.stringify(value)}.`);
}
