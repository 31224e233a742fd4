import { clone, type Tensor, type Tensor1D, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import type { NamedTensors } from "./contract.ts";

/** Takes tensors out of a file by name. What is wrong is noted, and told all at once. */
export type Reader = {
  /** Whether there is a tensor of this name. */
  has(name: string): boolean;
  /** Rows and columns of a matrix that other shapes follow from. @throws {Error} when it is missing or no matrix. */
  sizes(name: string): readonly [rows: number, columns: number];
  /** A copy of a matrix that must be there in this shape. */
  matrix(name: string, rows: number, columns: number): Tensor2D;
  /** A copy of a vector that must be there in this shape. */
  vector(name: string, size: number): Tensor1D;
  /** How many different numbers follow `start` in the names, at least 1: "layers." in layers.0.weight and layers.1.weight gives 2. */
  count(start: string): number;
  /** Takes a matrix that may be there, and must then be a copy of another. */
  copyOf(name: string, original: Tensor2D): void;
  /** The same tensors by what follows `prefix` in their names. */
  within(prefix: string): Reader;
};

/**
 * Reads parameters, and checks that the tensors under a prefix are those that were asked for, all of them and no others.
 *
 * @throws {Error} naming all that are missing, superfluous or misshapen.
 */
export function readAll<P>(what: string, tensors: NamedTensors, prefix: string, read: (reader: Reader) => P): P {
  const problems: string[] = [];
  const taken = new Set<string>();
  const params = read(readerOf(what, tensors, prefix, problems, taken));
  const superfluous = [...tensors.keys()].filter((name) => name.startsWith(prefix) && !taken.has(name));
  if (superfluous.length > 0) problems.push(`${superfluous.join(", ")} belong${superfluous.length === 1 ? "s" : ""} to no parameter`);
  if (problems.length > 0) throw new Error(`${what}: ${problems.join("; ")}.`);
  return params;
}

function readerOf(what: string, tensors: NamedTensors, prefix: string, problems: string[], taken: Set<string>): Reader {
  const take = (name: string, shape: number[]): Tensor => {
    const full = prefix + name;
    const found = tensors.get(full);
    taken.add(full);
    if (!found) problems.push(`${full} [${shape}] is missing`);
    else if (found.shape.join() !== shape.join()) problems.push(`${full} is [${found.shape}], but must be [${shape}]`);
    else if (found.dtype !== "float32") problems.push(`${full} is ${found.dtype}, but must be float32`);
    else return clone(found);
    // In its place, so that the rest is checked too.
    return zeros(shape);
  };
  return {
    has: (name) => tensors.has(prefix + name),
    sizes(name) {
      const found = tensors.get(prefix + name);
      if (!found) throw new Error(`${what}: ${prefix + name} is missing; there are ${[...tensors.keys()].join(", ") || "no tensors"}.`);
      const [rows, columns, ...more] = found.shape;
      if (rows === undefined || columns === undefined || more.length > 0)
        throw new Error(`${what}: ${prefix + name} must be a matrix, but is [${found.shape}].`);
      return [rows, columns];
    },
    matrix: (name, rows, columns) => take(name, [rows, columns]) as Tensor2D,
    vector: (name, size) => take(name, [size]) as Tensor1D,
    count(start) {
      const after = [...tensors.keys()].filter((name) => name.startsWith(prefix + start)).map((name) => name.slice(prefix.length + start.length));
      return Math.max(1, new Set(after.map((rest) => Number.parseInt(rest, 10)).filter((number) => number >= 0)).size);
    },
    copyOf(name, original) {
      if (!tensors.has(prefix + name)) return;
      const expected = original.dataSync();
      const values = take(name, original.shape).dataSync();
      if (!values.every((value, i) => Object.is(value, expected[i])))
        problems.push(`${prefix + name} must be a copy of the weights that it is tied to, but is another matrix`);
    },
    within: (inner) => readerOf(what, tensors, prefix + inner, problems, taken),
  };
}
