import { type AttentionVariant, partsOf, perFeature, queryOf, seeing } from "./attention-wgsl.ts";
import { combining, ROW_SIZE } from "./workgroup-rows.ts";

/** WGSL of one query's softmax over the keys that it sees, kept up to date block by block, and of what it reads. A query that sees none reads zeros. */
export function attentionForward(variant: AttentionVariant): string {
  const { size } = variant;
  return `
${seeing(variant)}
${combining("largestOf", (a, b) => `max(${a}, ${b})`)}
${combining("sumOf", (a, b) => `${a} + ${b}`)}
var<workgroup> asking : array<f32, ${size}>;
var<workgroup> weights : array<f32, ${ROW_SIZE}>;
fn main(index : i32) {
  ${queryOf}
  ${perFeature(size, "asking[f] = query[at + f];")}
  workgroupBarrier();
  var sums : array<f32, ${partsOf(size)}>;
  var largest = -3.4e38;
  var total = 0.0;
  for (var first = 0; first < uniforms.keys; first += ${ROW_SIZE}) {
    let key = first + own;
    let visible = sees(sequence, asked, key);
    var score = -3.4e38;
    if (visible) {
      let row = keyAt(sequence, keyHead, key);
      var product = 0.0;
      for (var f = 0; f < size; f++) { product += asking[f] * keyValues[row + f]; }
      score = scored(product, head, asked, key);
    }
    let most = max(largest, largestOf(own, score));
    let weight = select(0.0, exp(score - most), visible);
    weights[own] = weight;
    let shrunk = exp(largest - most);
    total = total * shrunk + sumOf(own, weight);
    let count = min(${ROW_SIZE}, endOf(sequence) - first);
    let values = keyAt(sequence, uniforms.keyHeads + keyHead, first);
    ${perFeature(
      size,
      `
      var sum = sums[part] * shrunk;
      for (var k = 0; k < count; k++) { sum += weights[k] * keyValues[values + k * 2 * uniforms.keyHeads * size + f]; }
      sums[part] = sum;`,
    )}
    largest = most;
  }
  ${perFeature(size, "result[at + f] = select(0.0, sums[part] / total, total > 0.0);")}
}`;
}
