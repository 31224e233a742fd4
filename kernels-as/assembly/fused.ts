/** Whether this build fuses multiply and add, and multiplies bytes: what tells a module given by hand. */
export function fused(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}
