import { parallel, threads } from "../parallel";
import { multiplyRows, pack, packColumns } from "./multiply";
import { TILE_COLUMNS, TILE_ROWS } from "./tile";

/** A product shared out by rows of C, or the packing of its B by columns. */
@unmanaged
class Product {
  transposedA: bool;
  rows: i32;
  columns: i32;
  depth: i32;
  a: usize;
  lda: i32;
  packedB: usize;
  bias: usize;
  c: usize;
  ldc: i32;
  accumulate: bool;
  transposedB: bool;
  b: usize;
  ldb: i32;
  /** Rows, or columns, of a part. */
  share: i32;
}

/** The one product under way. */
const PRODUCT: usize = memory.data(offsetof<Product>(), 16);

/** Multiplications that a part is worth: some 5 microseconds. */
const PART_WORK: f64 = 120000;
/** Numbers that a part of the packing is worth. */
const PART_NUMBERS: f64 = 8192;
/** Parts for each thread, where they come out even: more than one, so that a thread that is held up keeps nobody waiting for long. */
const PARTS_A_THREAD: i32 = 3;
/** How much longer than by the best division it may take, percent, for the sake of more parts. */
const UNEVEN: i32 = 3;

/** How many of `tiles` the thread that has most of them does, when each part takes `share`. */
function mostOf(tiles: i32, share: i32): i32 {
  const parts = (tiles + share - 1) / share;
  return ((parts + threads() - 1) / threads()) * share;
}

/** How many of `count` lines a part takes, in whole tiles of `tile`, when all of them are worth `worth` parts. */
function shareOf(count: i32, tile: i32, worth: f64): i32 {
  const tiles = (count + tile - 1) / tile;
  const most = max(1, min(threads() * PARTS_A_THREAD, <i32>min(worth, 1000)));
  let best = i32.MAX_VALUE, share = tiles;
  // Few tiles seldom divide evenly: 22 among 2 threads are 12 for one of them in six parts, but 11 in two.
  for (let parts = most; parts >= min(most, threads()); parts--) best = min(best, mostOf(tiles, (tiles + parts - 1) / parts));
  for (let parts = most; parts >= min(most, threads()); parts--) {
    share = (tiles + parts - 1) / parts;
    if (mostOf(tiles, share) * 100 <= best * (100 + UNEVEN)) break;
  }
  return share * tile;
}

function multiplyPart(context: usize, index: i32): void {
  const p = changetype<Product>(context);
  const first = index * p.share, rows = min(p.share, p.rows - first);
  const a = p.a + ((<usize>first * <usize>(p.transposedA ? 1 : p.lda)) << 2), c = p.c + ((<usize>first * <usize>p.ldc) << 2);
  multiplyRows(p.transposedA, rows, p.columns, p.depth, a, p.lda, p.packedB, p.bias, c, p.ldc, p.accumulate);
}

/** `multiplyRows` by all threads. */
export function multiplyPacked(
  transposedA: bool, rows: i32, columns: i32, depth: i32,
  a: usize, lda: i32, packedB: usize, bias: usize, c: usize, ldc: i32, accumulate: bool,
): void {
  const share = threads() == 1 ? rows : shareOf(rows, TILE_ROWS, <f64>rows * <f64>columns * <f64>depth / PART_WORK);
  if (share >= rows) {
    multiplyRows(transposedA, rows, columns, depth, a, lda, packedB, bias, c, ldc, accumulate);
    return;
  }
  const p = changetype<Product>(PRODUCT);
  p.transposedA = transposedA;
  p.rows = rows;
  p.columns = columns;
  p.depth = depth;
  p.a = a;
  p.lda = lda;
  p.packedB = packedB;
  p.bias = bias;
  p.c = c;
  p.ldc = ldc;
  p.accumulate = accumulate;
  p.share = share;
  parallel(multiplyPart, PRODUCT, (rows + share - 1) / share);
}

function packPart(context: usize, index: i32): void {
  const p = changetype<Product>(context);
  const first = index * p.share;
  packColumns(first, min(p.columns, first + p.share), p.transposedB, p.columns, p.depth, p.b, p.ldb, p.packedB);
}

/** `pack` by all threads. */
export function packAll(transposed: bool, columns: i32, depth: i32, b: usize, ldb: i32, out: usize): void {
  const share = threads() == 1 ? columns : shareOf(columns, TILE_COLUMNS, <f64>columns * <f64>depth / PART_NUMBERS);
  if (share >= columns) {
    pack(transposed, columns, depth, b, ldb, out);
    return;
  }
  const p = changetype<Product>(PRODUCT);
  p.transposedB = transposed;
  p.columns = columns;
  p.depth = depth;
  p.b = b;
  p.ldb = ldb;
  p.packedB = out;
  p.share = share;
  parallel(packPart, PRODUCT, (columns + share - 1) / share);
}
