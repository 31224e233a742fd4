import { floats } from "../lanes";
import { copyFew, packPanel } from "./pack";
import { BLOCK_DEPTH, BLOCK_ROWS, edgeTile, lastBias, packedA } from "./scratch";
import { runTile, TILE_COLUMNS, TILE_ROWS } from "./tile";

const noBias: usize = memory.data(TILE_COLUMNS * 4, 16);

// @ts-ignore: decorator
@inline
function padColumns(columns: i32): i32 {
  return (columns + TILE_COLUMNS - 1) & ~(TILE_COLUMNS - 1);
}

/** Bytes that `pack` writes for a B of [depth, columns]. */
export function packedBytes(columns: i32, depth: i32): usize {
  return <usize>padColumns(columns) * floats(depth);
}

/** Packs the columns from `first` to `end` of B; see `pack`. Both are multiples of a tile's, but for the last. */
export function packColumns(first: i32, end: i32, transposed: bool, columns: i32, depth: i32, b: usize, ldb: i32, out: usize): void {
  const padded = padColumns(columns);
  for (let start = 0; start < depth; start += BLOCK_DEPTH) {
    const steps = min(BLOCK_DEPTH, depth - start);
    const block = out + <usize>padded * floats(start);
    for (let column = first; column < end; column += TILE_COLUMNS) {
      const source = transposed ? b + <usize>column * floats(ldb) + floats(start) : b + <usize>start * floats(ldb) + floats(column);
      const width = min(TILE_COLUMNS, columns - column);
      packPanel(width, TILE_COLUMNS, steps, source, floats(ldb), transposed, block + <usize>column * floats(steps));
    }
  }
}

/** Packs B [depth, columns], or its transpose [columns, depth], for `multiplyRows`. `ldb`: numbers between rows of B. */
export function pack(transposed: bool, columns: i32, depth: i32, b: usize, ldb: i32, out: usize): void {
  packColumns(0, columns, transposed, columns, depth, b, ldb, out);
}

/** Rows are shared out evenly among the fewest tiles: 32 rows are tiles of 6, 6, 5, 5, 5, 5, not five of 6 and a slow one of 2. */
// @ts-ignore: decorator
@inline
function tileHeight(tile: i32, tiles: i32, rows: i32): i32 {
  return rows / tiles + (tile < rows % tiles ? 1 : 0);
}

/** Packs rows of A [rows, steps] for their tiles. */
function packRows(rows: i32, steps: i32, a: usize, lda: i32): void {
  const tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  let row = 0;
  for (let tile = 0; tile < tiles; tile++) {
    const height = tileHeight(tile, tiles, rows);
    packPanel(height, height, steps, a + <usize>row * floats(lda), floats(lda), true, packedA + <usize>row * floats(steps));
    row += height;
  }
}

/** Steps that are dealt out at once: so many rows of A stay in the first-level cache while their numbers go to all tiles. */
const DEALT: i32 = 8;

// @ts-ignore: decorator
@inline
function dealHeight(height: i32, tiles: i32, steps: i32, from: usize, stride: usize, panel: usize, panelStride: usize): void {
  for (let tile = 0; tile < tiles; tile++) {
    let a = from, to = panel;
    for (let step = 0; step < steps; step++) {
      copyFew(height, a, to);
      a += stride;
      to += floats(height);
    }
    from += floats(height);
    panel += panelStride;
  }
}

/** Deals some stored rows of A out to `tiles` panels, `height` neighbours of each row to each. */
function deal(height: i32, tiles: i32, steps: i32, from: usize, stride: usize, panel: usize, panelStride: usize): void {
  // With a constant height, the common ones copy without a branch.
  if (height == TILE_ROWS) dealHeight(TILE_ROWS, tiles, steps, from, stride, panel, panelStride);
  else if (height == TILE_ROWS - 1) dealHeight(TILE_ROWS - 1, tiles, steps, from, stride, panel, panelStride);
  else dealHeight(height, tiles, steps, from, stride, panel, panelStride);
}

/** The same of A stored as [steps, rows]: some rows as they are stored at a time, through all tiles. */
function packTransposedRows(rows: i32, steps: i32, a: usize, lda: i32): void {
  const tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  const taller = rows % tiles, height = rows / tiles;
  const tallPart = floats(taller * (height + 1));
  for (let step = 0; step < steps; step += DEALT) {
    const dealt = min(DEALT, steps - step);
    deal(height + 1, taller, dealt, a, floats(lda), packedA + floats(step * (height + 1)), floats((height + 1) * steps));
    deal(height, tiles - taller, dealt, a + tallPart, floats(lda), packedA + tallPart * <usize>steps + floats(step * height), floats(height * steps));
    a += <usize>dealt * floats(lda);
  }
}

/** One row of tiles: the packed rows of A against one panel of B. The last columns of C go through a tile of their own. */
function multiplyPanel(rows: i32, width: i32, steps: i32, panel: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  const tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
  const whole = width == TILE_COLUMNS;
  let a = packedA;
  for (let tile = 0; tile < tiles; tile++) {
    const height = tileHeight(tile, tiles, rows);
    if (whole) runTile(height, steps, a, panel, bias, c, stride, accumulate);
    else {
      runTile(height, steps, a, panel, bias, edgeTile, floats(TILE_COLUMNS), false);
      copyEdge(height, width, c, stride, accumulate);
    }
    a += <usize>height * floats(steps);
    c += <usize>height * stride;
  }
}

function copyEdge(rows: i32, width: i32, c: usize, stride: usize, accumulate: bool): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < floats(width); i += 4) {
      const value = load<f32>(edgeTile + <usize>row * floats(TILE_COLUMNS) + i);
      const to = c + <usize>row * stride + i;
      store<f32>(to, accumulate ? load<f32>(to) + value : value);
    }
  }
}

/** The 8 biases of a panel, or zeros; the last panel's are copied so that no tile reads past the end. */
function panelBias(bias: usize, column: i32, width: i32): usize {
  if (bias == 0) return noBias;
  if (width == TILE_COLUMNS) return bias + floats(column);
  memory.copy(lastBias, bias + floats(column), floats(width));
  return lastBias;
}

/**
 * C[rows, columns] (+)= A[rows, depth] B + bias with a B that `pack` laid out; `transposedA`: A is stored as [depth, rows].
 * `lda` and `ldc`: numbers between rows as stored. `bias` [columns] or 0: added once.
 */
export function multiplyRows(
  transposedA: bool, rows: i32, columns: i32, depth: i32,
  a: usize, lda: i32, packedB: usize, bias: usize, c: usize, ldc: i32, accumulate: bool,
): void {
  const padded = padColumns(columns);
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const height = min(BLOCK_ROWS, rows - row);
    for (let start = 0; start < depth; start += BLOCK_DEPTH) {
      const steps = min(BLOCK_DEPTH, depth - start);
      const first = start == 0;
      if (transposedA) packTransposedRows(height, steps, a + <usize>start * floats(lda) + floats(row), lda);
      else packRows(height, steps, a + <usize>row * floats(lda) + floats(start), lda);
      const block = packedB + <usize>padded * floats(start);
      for (let column = 0; column < columns; column += TILE_COLUMNS) {
        const width = min(TILE_COLUMNS, columns - column);
        multiplyPanel(
          height, width, steps, block + <usize>column * floats(steps), first ? panelBias(bias, column, width) : noBias,
          c + <usize>row * floats(ldc) + floats(column), floats(ldc), accumulate || !first,
        );
      }
    }
  }
}
