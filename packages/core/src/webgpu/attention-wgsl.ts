import { ROW_SIZE } from "./workgroup-rows.ts";

/*
 * Scaled dot-product attention of many heads, after Dao et al. 2022: no score is kept. A workgroup has one query, or in the second half of
 * the backward pass one key, and meets the other side in blocks of ROW_SIZE, one an invocation; what it sums up, each invocation sums up
 * for some of the features.
 */

/** What the programs depend on, besides their numbers. */
export type AttentionVariant = {
  /** Features of a head. */
  readonly size: number;
  readonly causal: boolean;
  readonly window: boolean;
  readonly slopes: boolean;
  readonly lengths: boolean;
};

/** A name that no other variant has. */
export const nameOf = ({ size, causal, window, slopes, lengths }: AttentionVariant): string =>
  [`attention of ${size}`, causal && "causal", window && "window", slopes && "slopes", lengths && "lengths"].filter(Boolean).join(" ");

/** Where things lie, which keys a query sees, and how it scores them. */
export const seeing = ({ size, causal, window, slopes, lengths }: AttentionVariant): string => `
const size = ${size};
fn queryAt(sequence : i32, head : i32, asked : i32) -> i32 { return ((sequence * uniforms.queries + asked) * uniforms.heads + head) * size; }
fn keyAt(sequence : i32, head : i32, key : i32) -> i32 { return ((sequence * uniforms.keys + key) * 2 * uniforms.keyHeads + head) * size; }
fn endOf(sequence : i32) -> i32 { return ${lengths ? "lengths[sequence]" : "uniforms.keys"}; }
fn sees(sequence : i32, asked : i32, key : i32) -> bool {
  let place = uniforms.keys - uniforms.queries + asked;
  return key < endOf(sequence)${causal ? " && key <= place" : ""}${window ? " && key > place - uniforms.window" : ""};
}
fn scored(product : f32, head : i32, asked : i32, key : i32) -> f32 {
  return product / sqrt(f32(size))${slopes ? " - slopes[head] * f32(abs(uniforms.keys - uniforms.queries + asked - key))" : ""};
}`;

/** How many of a head's features an invocation has at most. */
export const partsOf = (size: number): number => Math.ceil(size / ROW_SIZE);

/** A line for each feature `f` that an invocation has, its `part`th. */
export const perFeature = (size: number, line: string): string => `
  for (var part = 0; part < ${partsOf(size)}; part++) {
    let f = own + part * ${ROW_SIZE};
    if (f < size) { ${line} }
  }`;

/** The query that a workgroup has; one beyond the last does its work again, as all must reach each barrier. */
export const queryOf: string = `
  let own = i32(localIndex);
  let unit = min(index / ${ROW_SIZE}, uniforms.units - 1);
  let asked = unit % uniforms.queries;
  let head = unit / uniforms.queries % uniforms.heads;
  let sequence = unit / uniforms.queries / uniforms.heads;
  let keyHead = head / (uniforms.heads / uniforms.keyHeads);
  let at = queryAt(sequence, head, asked);`;
