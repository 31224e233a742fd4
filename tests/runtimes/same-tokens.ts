import { makeModel } from "@refrain-tests/examples/make-model";
import type { CharTokenizer } from "@refrain/data";
import { loadLanguageModel } from "@refrain/infer";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importsOfSources } from "./imports-of-sources.ts";
import { inChromium } from "./in-chromium.ts";
import { inExample } from "./in-example.ts";
import { inWorkerd } from "./in-workerd.ts";
import type { Report } from "./report.ts";
import { run, type Runtime, RUNTIMES } from "./runtimes.ts";
import type { Written } from "./written.ts";

const here = import.meta.dirname;
const program = join(here, "write-tokens.mjs");

/** Every runtime must write the same 200 tokens with each build of the kernels, and with threads where it has them, of one file in int8 and of one in f32. */
export async function sameTokens(report: Report): Promise<void> {
  const folder = mkdtempSync(join(here, ".models-"));
  const table = new Map<string, Partial<Record<"int8" | "f32", string>>>();
  try {
    const sources = join(folder, "imports.json");
    writeFileSync(sources, importsOfSources());
    for (const weights of ["int8", "f32"] as const) {
      const bytes = await makeModel(weights);
      const file = join(folder, `${weights}.safetensors`);
      writeFileSync(file, bytes);
      const tokenizer = (await loadLanguageModel(bytes)).tokenizer as CharTokenizer;
      const of = (runtime: Runtime) => async () => JSON.parse(run(runtime, program, file)) as Written[];
      const writers: Record<string, () => Promise<Written[]>> = {
        ...Object.fromEntries(Object.entries(RUNTIMES).map(([name, runtime]) => [name, of(runtime)])),
        "Deno, TypeScript sources": of([...RUNTIMES.Deno, `--import-map=${sources}`]),
        workerd: () => inWorkerd(bytes),
        "workerd, the example": () => inExample(bytes, tokenizer),
        Chromium: () => inChromium(bytes),
      };
      let reference: readonly number[] | undefined;
      for (const [name, write] of Object.entries(writers)) {
        table.set(name, { ...table.get(name), [weights]: "FAILED" });
        await report.check(`200 tokens of a model in ${weights} on ${name}`, async () => {
          const all = await write();
          for (const { kernels, tokens } of all) {
            reference ??= tokens;
            checkTokens(tokens, reference, kernels);
          }
          table.set(name, { ...table.get(name), [weights]: all.map(({ kernels }) => kernels).join("; ") });
        });
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
    console.log("\nThe same 200 tokens, with these builds of the kernels:");
    console.table(Object.fromEntries(table));
  }
}

/** @throws {Error} that says where they part. */
function checkTokens(tokens: readonly number[], reference: readonly number[], kernels: string): void {
  const at = tokens.findIndex((token, i) => token !== reference[i]);
  if (at >= 0) throw new Error(`with ${kernels} token ${at} is ${tokens[at]}, not ${reference[at]} as before`);
  // What a broken model would write everywhere alike: too little, or always the same.
  if (tokens.length !== 200 || new Set(tokens).size < 50)
    throw new Error(`with ${kernels} it wrote ${tokens.length} tokens, ${new Set(tokens).size} different`);
}
