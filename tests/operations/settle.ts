import type { BackendName } from "@refrain/core";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OPERATIONS } from "./operations.ts";
import { parse, render, rowName } from "./table.ts";

/** What was found of an operation on a backend, as plain data, so that a browser can hand it over. */
export type Row = { readonly name: string; readonly cell: string; readonly problem?: string };

const PAGE = join(import.meta.dirname, "..", "..", "docs", "operations.md");

/** Compares findings with the page, or writes them into it, and prints what is wrong. @returns whether nothing is. */
export function settle(backend: BackendName, rows: readonly Row[], write: boolean): boolean {
  const said = existsSync(PAGE) ? parse(readFileSync(PAGE, "utf8")) : new Map();
  const wrong = rows.flatMap(({ name, cell, problem }) => {
    if (problem) return [`${name}: ${problem}`];
    const told = said.get(name)?.[backend];
    return write || told === cell ? [] : [`${name}: it is "${cell}", but the page says "${told ?? "nothing"}"`];
  });
  const names = OPERATIONS.map(rowName);
  if (!write) wrong.push(...[...said.keys()].filter((name) => !names.includes(name)).map((name) => `${name}: there is no such operation any more`));
  for (const line of wrong) console.error(`FAIL on ${backend}: ${line}`);
  if (write) {
    const found = new Map(rows.map(({ name, cell }) => [name, cell]));
    const table = new Map(names.map((name) => [name, { ...said.get(name), [backend]: found.get(name) }]));
    mkdirSync(dirname(PAGE), { recursive: true });
    writeFileSync(`${PAGE}.tmp`, render(table));
    renameSync(`${PAGE}.tmp`, PAGE);
  }
  console.log(
    `${backend}: ${rows.length} operations ${wrong.length === 0 ? "are as docs/operations.md says" : `tried, ${wrong.length} wrong; see npm run operations`}`,
  );
  return wrong.length === 0;
}
