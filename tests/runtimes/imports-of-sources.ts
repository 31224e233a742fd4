import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..", "..");

/** An import map, as JSON, by which each package's name means its TypeScript sources: what its package.json exports, before it was built. */
export function importsOfSources(): string {
  const imports: Record<string, string> = {};
  for (const folder of ["kernels-as", ...readdirSync(join(root, "packages")).map((name) => join("packages", name))]) {
    const { name, exports } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
      name: string;
      exports: Record<string, { default: string } | string>;
    };
    for (const [path, target] of Object.entries(exports)) {
      if (typeof target === "string" || !target.default.startsWith("./dist/")) continue;
      imports[join(name, path)] = pathToFileURL(join(root, folder, target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts"))).href;
    }
  }
  return JSON.stringify({ imports });
}
