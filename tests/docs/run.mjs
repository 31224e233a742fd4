// Writes the reference of every public symbol of every library to docs/api (git-ignored), and fails where a symbol lacks its doc comment or a link leads
// nowhere. typedoc reads TypeScript 6 at most, which is installed beside this file; the packages themselves are compiled by TypeScript 7.
import { join } from "node:path";
import { Application } from "typedoc";
import { readJson, publishedPackages } from "../../scripts/packages.mjs";
import { root } from "../../scripts/setup.mjs";

const libraries = publishedPackages().filter(({ manifest }) => manifest.exports);
const entries = libraries.flatMap(({ folder }) => Object.values(readJson(join(root, folder, "deno.json")).exports).map((path) => join(root, folder, path)));

const app = await Application.bootstrap({
  name: "Refrain",
  entryPoints: entries,
  tsconfig: join(import.meta.dirname, "tsconfig.json"),
  out: join(root, "docs", "api"),
  readme: join(root, "README.md"),
  basePath: root,
  disableSources: true,
  excludeExternals: true,
  // What a package exports by name. Members say themselves what they are, or have a comment where they do not.
  requiredToBeDocumented: ["Class", "Enum", "Function", "Interface", "TypeAlias", "Variable"],
  packagesRequiringDocumentation: libraries.map(({ manifest }) => manifest.name),
  validation: { notDocumented: true, notExported: false, invalidLink: true, invalidPath: false },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  logLevel: "Warn",
});
const project = await app.convert();
if (project) {
  app.validate(project);
  await app.generateOutputs(project);
}
const failed = !project || app.logger.hasErrors() || app.logger.hasWarnings();
console.log(failed ? "FAILED  the reference" : "passed  the reference: every public symbol is documented");
process.exitCode = failed ? 1 : 0;
