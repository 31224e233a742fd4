/** What a writer reads of its input at each step: [places, features], made ready for comparing; it never changes, and forks share it. */
export type Memory = {
  readonly places: number;
  /** [places, features] */
  readonly values: Float32Array;
  /** [places, ..]: what queries are compared with. */
  readonly keys: Float32Array;
};
