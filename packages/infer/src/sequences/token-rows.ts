import type { Pointer } from "@refrain/kernels";
import type { Table } from "../parameters.ts";
import type { Lend } from "../with-scratch.ts";

/** The embeddings of tokens, [tokens, width], in room that is lent. */
export function tokenRows(lend: Lend, table: Table, width: number, tokens: readonly number[]): Pointer {
  const x = lend(tokens.length * width);
  tokens.forEach((token, i) => table.copy(token, x + 4 * i * width));
  return x;
}
