/** The losses of a run so far, for its curve: of each report and of each evaluation. */
export type History = {
  readonly training: readonly Point[];
  readonly validation: readonly Point[];
};

export type Point = { readonly step: number; readonly loss: number };
