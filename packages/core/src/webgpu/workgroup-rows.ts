/** Invocations of a workgroup that works on one row. */
export const ROW_SIZE = 64;

/**
 * WGSL of a `combine(own, value)` that gives every invocation of a workgroup of `ROW_SIZE` what `operation` makes of all their values.
 * All of them must call it.
 */
export function combining(name: string, operation: (a: string, b: string) => string): string {
  return `
var<workgroup> ${name}Parts : array<f32, ${ROW_SIZE}>;
fn ${name}(own : i32, value : f32) -> f32 {
  workgroupBarrier();
  ${name}Parts[own] = value;
  for (var half = ${ROW_SIZE / 2}; half > 0; half /= 2) {
    workgroupBarrier();
    if (own < half) { ${name}Parts[own] = ${operation(`${name}Parts[own]`, `${name}Parts[own + half]`)}; }
  }
  workgroupBarrier();
  return ${name}Parts[0];
}`;
}
