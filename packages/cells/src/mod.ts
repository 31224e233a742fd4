export { gru, type GruConfig } from "./gru.ts";
export { lstm, type LstmCell, type LstmState } from "./lstm.ts";
export type { CellSizes, RecurrentParams } from "./parameters.ts";
export { recurrence, type RecurrenceInput, type RecurrenceOutput } from "./recurrence.ts";
export { type HiddenState, rnn, type RnnConfig } from "./rnn.ts";
export { stack } from "./stack.ts";
