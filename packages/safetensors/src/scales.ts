import type { StoredTensor } from "./format.ts";

const SUFFIX = ".scales";

/** The name under which the scales of an int8 tensor are stored. A tensor is a leaf, so that no parameter lies below its path. */
export function scalesOf(path: string): string {
  return `${path}${SUFFIX}`;
}

/** Whether what a file stores under a name are the scales of its int8 tensor, and no tensor of their own. */
export function isScales(name: string, stored: ReadonlyMap<string, StoredTensor>): boolean {
  return name.endsWith(SUFFIX) && stored.get(name.slice(0, -SUFFIX.length))?.dtype === "I8";
}
