import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { examples } from "../readme/examples.mjs";
import { command } from "./command.mjs";
import { step } from "./report.mjs";

/** Runs the examples of a README on every runtime: what must be printed is. */
export async function checkExamples({ manifest, readme, place, env, runtimes }) {
  const found = examples(readme);
  for (const [runtime, start] of Object.entries(runtimes))
    await step(`${manifest.name}: the README on ${runtime}`, () => {
      assert.notEqual(found.length, 0, "the README has no example");
      const bin = commandsOn(place, runtime, start);
      found.forEach(({ language, code, expected }, i) => {
        const folder = join(place, `${runtime}-${i}`);
        mkdirSync(folder);
        writeFileSync(join(folder, "example.ts"), code);
        const run = language === "ts" ? [...start, "example.ts"] : ["sh", "-e", "-c", code];
        const printed = command(folder, { ...env, PATH: [bin, env.PATH].join(delimiter) }, ...run);
        if (expected !== undefined) assert.equal(printed.trim(), expected.trim(), `of this example:\n${code}`);
      });
    });
}

/** A folder with the command `refrain` as a runtime runs it. */
function commandsOn(place, runtime, start) {
  const bin = join(place, `bin-${runtime}`);
  mkdirSync(bin);
  const program = join(place, "node_modules", "refrain", "bin", "refrain.js");
  writeFileSync(join(bin, "refrain"), `#!/bin/sh\nexec ${[...start, program].map((word) => `"${word}"`).join(" ")} "$@"\n`, { mode: 0o755 });
  return bin;
}
