import { type AttentionVariant, partsOf, perFeature, queryOf, seeing } from "./attention-wgsl.ts";
import { combining, ROW_SIZE } from "./workgroup-rows.ts";

/**
 * WGSL of one query's gradient: first what the softmax was, then the gradients of the scores. `result` holds the queries' gradients, then
 * [batch, heads, queries] the logarithm of each sum of exponentials, then what every gradient of a weight is taken against.
 */
export function attentionBackwardQuery(variant: AttentionVariant): string {
  const { size } = variant;
  const score = `
    let key = first + own;
    let visible = sees(sequence, asked, key);
    var score = -3.4e38;
    var dWeight = 0.0;
    if (visible) {
      let row = keyAt(sequence, keyHead, key);
      let values = row + uniforms.keyHeads * size;
      var product = 0.0;
      for (var f = 0; f < size; f++) {
        product += asking[f] * keyValues[row + f];
        dWeight += given[f] * keyValues[values + f];
      }
      score = scored(product, head, asked, key);
    }`;
  return `
${seeing(variant)}
${combining("largestOf", (a, b) => `max(${a}, ${b})`)}
${combining("sumOf", (a, b) => `${a} + ${b}`)}
var<workgroup> asking : array<f32, ${size}>;
var<workgroup> given : array<f32, ${size}>;
var<workgroup> dScores : array<f32, ${ROW_SIZE}>;
fn main(index : i32) {
  ${queryOf}
  ${perFeature(size, "asking[f] = query[at + f]; given[f] = dOut[at + f];")}
  workgroupBarrier();
  var largest = -3.4e38;
  var total = 0.0;
  var mean = 0.0;
  for (var first = 0; first < uniforms.keys; first += ${ROW_SIZE}) {
    ${score}
    let most = max(largest, largestOf(own, score));
    let weight = select(0.0, exp(score - most), visible);
    let shrunk = exp(largest - most);
    total = total * shrunk + sumOf(own, weight);
    mean = mean * shrunk + sumOf(own, weight * dWeight);
    largest = most;
  }
  let any = total > 0.0;
  let logSum = select(0.0, largest + log(total), any);
  mean = select(0.0, mean / total, any);
  var sums : array<f32, ${partsOf(size)}>;
  for (var first = 0; first < uniforms.keys; first += ${ROW_SIZE}) {
    ${score}
    workgroupBarrier();
    dScores[own] = select(0.0, exp(score - logSum) * (dWeight - mean), visible);
    workgroupBarrier();
    let count = min(${ROW_SIZE}, endOf(sequence) - first);
    let rows = keyAt(sequence, keyHead, first);
    ${perFeature(
      size,
      `
      var sum = sums[part];
      for (var k = 0; k < count; k++) { sum += dScores[k] * keyValues[rows + k * 2 * uniforms.keyHeads * size + f]; }
      sums[part] = sum;`,
    )}
  }
  ${perFeature(size, "result[at + f] = sums[part] / sqrt(f32(size));")}
  if (own == 0) {
    result[uniforms.units * size + unit] = logSum;
    result[uniforms.units * (size + 1) + unit] = mean;
  }
}`;
}

/** WGSL of one key's and its value's gradients, over all queries of all heads that they serve. `found` is what the queries' part left. */
export function attentionBackwardKey(variant: AttentionVariant): string {
  const { size } = variant;
  return `
${seeing(variant)}
var<workgroup> keyRow : array<f32, ${size}>;
var<workgroup> valueRow : array<f32, ${size}>;
var<workgroup> weights : array<f32, ${ROW_SIZE}>;
var<workgroup> dScores : array<f32, ${ROW_SIZE}>;
fn main(index : i32) {
  let own = i32(localIndex);
  let pair = min(index / ${ROW_SIZE}, uniforms.pairs - 1);
  let key = pair % uniforms.keys;
  let keyHead = pair / uniforms.keys % uniforms.keyHeads;
  let sequence = pair / uniforms.keys / uniforms.keyHeads;
  let keyPlace = keyAt(sequence, keyHead, key);
  let valuePlace = keyPlace + uniforms.keyHeads * size;
  ${perFeature(size, "keyRow[f] = keyValues[keyPlace + f]; valueRow[f] = keyValues[valuePlace + f];")}
  let served = uniforms.heads / uniforms.keyHeads;
  let units = uniforms.heads * uniforms.queries * uniforms.batch;
  var dKey : array<f32, ${partsOf(size)}>;
  var dValue : array<f32, ${partsOf(size)}>;
  for (var which = 0; which < served; which++) {
    let head = keyHead * served + which;
    for (var first = 0; first < uniforms.queries; first += ${ROW_SIZE}) {
      workgroupBarrier();
      let asked = first + own;
      var weight = 0.0;
      var dScore = 0.0;
      if (asked < uniforms.queries && sees(sequence, asked, key)) {
        let row = queryAt(sequence, head, asked);
        let unit = (sequence * uniforms.heads + head) * uniforms.queries + asked;
        var product = 0.0;
        var dWeight = 0.0;
        for (var f = 0; f < size; f++) {
          product += query[row + f] * keyRow[f];
          dWeight += dOut[row + f] * valueRow[f];
        }
        weight = exp(scored(product, head, asked, key) - found[units * size + unit]);
        dScore = weight * (dWeight - found[units * (size + 1) + unit]);
      }
      weights[own] = weight;
      dScores[own] = dScore;
      workgroupBarrier();
      let count = min(${ROW_SIZE}, uniforms.queries - first);
      let rows = queryAt(sequence, head, first);
      ${perFeature(
        size,
        `
      for (var k = 0; k < count; k++) {
        let place = rows + k * uniforms.heads * size + f;
        dKey[part] += dScores[k] * query[place];
        dValue[part] += weights[k] * dOut[place];
      }`,
      )}
    }
  }
  ${perFeature(size, "result[keyPlace + f] = dKey[part] / sqrt(f32(size)); result[valuePlace + f] = dValue[part];")}
}`;
}
