import { VECTOR } from "./simd";
import { wideBytes } from "./lanes";

/*
 * Rows picked by index: embeddings, and the packing of sequences. Each function returns -1 when all went well, or the position
 * of the first index outside 0..limit-1, and then has touched nothing outside the table.
 */

/** out[count, width] = table[indices]: gathers rows. `indices` i32 [count]. */
export function gatherRows(count: i32, width: i32, limit: i32, table: usize, indices: usize, out: usize): i32 {
  const bytes = (<usize>width) << 2;
  for (let i = 0; i < count; i++) {
    const index = load<i32>(indices + ((<usize>i) << 2));
    if (<u32>index >= <u32>limit) return i;
    memory.copy(out, table + <usize>index * bytes, bytes);
    out += bytes;
  }
  return -1;
}

/** table[indices] = rows [count, width]: the way back. Rows that no index names are left alone. */
export function scatterRows(count: i32, width: i32, limit: i32, rows: usize, indices: usize, table: usize): i32 {
  const bytes = (<usize>width) << 2;
  for (let i = 0; i < count; i++) {
    const index = load<i32>(indices + ((<usize>i) << 2));
    if (<u32>index >= <u32>limit) return i;
    memory.copy(table + <usize>index * bytes, rows, bytes);
    rows += bytes;
  }
  return -1;
}

/** table[indices] += rows [count, width]: the gradient of a gather; an index may come many times. */
export function scatterAddRows(count: i32, width: i32, limit: i32, rows: usize, indices: usize, table: usize): i32 {
  const bytes = (<usize>width) << 2, wide = wideBytes(width);
  for (let i = 0; i < count; i++) {
    const index = load<i32>(indices + ((<usize>i) << 2));
    if (<u32>index >= <u32>limit) return i;
    const to = table + <usize>index * bytes;
    let at: usize = 0;
    for (; at < wide; at += VECTOR) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(rows + at)));
    for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(rows + at));
    rows += bytes;
  }
  return -1;
}
