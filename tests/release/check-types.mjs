import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { examples } from "../readme/examples.mjs";
import { command } from "./command.mjs";
import { step } from "./report.mjs";

const RESOLUTIONS = { nodenext: { module: "nodenext" }, bundler: { module: "esnext", moduleResolution: "bundler" } };

/** Type-checks the examples of a README as a user's strict program, with both TypeScripts, as Node and as bundlers resolve packages. */
export async function checkTypes({ manifest, readme, place, tools, env }) {
  const programs = examples(readme).filter(({ language }) => language === "ts");
  if (programs.length === 0) return;
  const folder = join(place, "types");
  mkdirSync(folder);
  programs.forEach(({ code }, i) => writeFileSync(join(folder, `example-${i}.ts`), code));
  // Node's types, as a user has them who writes for Node.
  mkdirSync(join(folder, "node_modules", "@types"), { recursive: true });
  for (const name of [join("@types", "node"), "undici-types"]) symlinkSync(join(tools, "node_modules", name), join(folder, "node_modules", name), "dir");
  // TensorFlow.js's own declarations do not pass; ours must.
  const skipLibCheck = existsSync(join(place, "node_modules", "@tensorflow"));
  for (const [resolution, options] of Object.entries(RESOLUTIONS)) {
    const compilerOptions = { target: "es2023", strict: true, noEmit: true, moduleDetection: "force", types: ["node"], skipLibCheck, ...options };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    for (const typescript of ["typescript-5.9", "typescript-7"])
      await step(`${manifest.name}: types under ${typescript.replace("typescript-", "TypeScript ")}, ${resolution}`, () =>
        command(folder, env, process.execPath, join(tools, "node_modules", typescript, "bin", "tsc"), "-p", "."),
      );
  }
}
