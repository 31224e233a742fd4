import { floats } from "../lanes";
import { gemv } from "./gemv";
import { gevm } from "./gevm";
import { packedBytes } from "./multiply";
import { multiplyPacked, packAll } from "./threaded";
import { TILE_COLUMNS } from "./tile";

/** Numbers of B that one call packs at once (16 MB); a wider B is taken in column chunks. */
const PACK_LIMIT: i32 = 1 << 22;

/** Under this many rows, B is used as it is stored where that is possible: packing reads all of it once more. */
export const PACK_ROWS: i32 = 4;

/** A row of C (+)= the bias, or zeros where there is none: a product of no depth. */
function addBias(columns: i32, bias: usize, c: usize, accumulate: bool): void {
  for (let at: usize = 0; at < floats(columns); at += 4) {
    const value: f32 = bias == 0 ? 0 : load<f32>(bias + at);
    store<f32>(c + at, accumulate ? load<f32>(c + at) + value : value);
  }
}

/**
 * C[rows, columns] (+)= op(A) op(B) + bias, row-major. op transposes: A is then stored as [depth, rows], B as [columns, depth].
 * `lda`, `ldb`, `ldc`: numbers between rows as stored. `bias` [columns] or 0. A depth of 0 gives the bias alone.
 */
export function gemm(
  transposedA: bool, transposedB: bool, rows: i32, columns: i32, depth: i32,
  a: usize, lda: i32, b: usize, ldb: i32, bias: usize, c: usize, ldc: i32, accumulate: bool,
): void {
  if (depth == 0) {
    for (let row = 0; row < rows; row++) addBias(columns, bias, c + <usize>row * floats(ldc), accumulate);
    return;
  }
  if (rows < PACK_ROWS && !transposedA) {
    for (let row = 0; row < rows; row++) {
      const x = a + <usize>row * floats(lda), y = c + <usize>row * floats(ldc);
      if (transposedB) gemv(columns, depth, b, ldb, x, bias, y, accumulate);
      else gevm(columns, depth, x, b, ldb, bias, y, accumulate);
    }
    return;
  }
  const chunk = max(TILE_COLUMNS, (PACK_LIMIT / depth) & ~(TILE_COLUMNS - 1));
  const packed = heap.alloc(packedBytes(min(chunk, columns), depth));
  for (let column = 0; column < columns; column += chunk) {
    const width = min(chunk, columns - column);
    packAll(transposedB, width, depth, transposedB ? b + <usize>column * floats(ldb) : b + floats(column), ldb, packed);
    multiplyPacked(transposedA, rows, width, depth, a, lda, packed, bias == 0 ? 0 : bias + floats(column), c + floats(column), ldc, accumulate);
  }
  heap.free(packed);
}
