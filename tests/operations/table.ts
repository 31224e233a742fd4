import type { BackendName } from "@refrain/core";
import type { Operation } from "./operation.ts";

/** The backends that the table has columns for. */
const COLUMNS: readonly BackendName[] = ["simd", "cpu", "webgpu", "webgl"];

/** What the table says: cells by "package: operation", then by backend. */
export type Table = Map<string, Partial<Record<BackendName, string>>>;

export const rowName = ({ from, name }: Operation): string => `${from}: ${name}`;

const HEAD = `# Operations and backends

Made by \`npm run operations\`, which tries every operation on every backend and compares its numbers with the CPU backend's; the tests
fail where this page does not say what they find. Do not edit it by hand.

- **forward**: its numbers are the CPU backend's. **gradient**: so are those of its backward pass; operations without it have none by nature.
- **fused**: kernels of our own do at once, at least in parts, what takes several TensorFlow.js operations. **composed**: those operations, one by one.
- \`webgpu\` and \`webgl\` are tried in Chromium on a GPU in software.
`;

/** The page. */
export function render(table: Table): string {
  const rows = [...table].map(([name, cells]) => `| ${[name, ...COLUMNS.map((backend) => cells[backend] ?? "")].join(" | ")} |`);
  return `${HEAD}\n| operation | ${COLUMNS.join(" | ")} |\n|---|${COLUMNS.map(() => "---|").join("")}\n${rows.join("\n")}\n`;
}

/** What a page says. */
export function parse(page: string): Table {
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| operation "));
  return new Map(
    rows.map((line) => {
      const [name = "", ...cells] = line.slice(2, -2).split(" | ");
      return [name, Object.fromEntries(COLUMNS.map((backend, i) => [backend, cells[i]?.trim()]))];
    }),
  );
}
