// What deno.json says of a package, for Deno and for JSR, given its package.json.

/** Whether JSR gets it: a library does. `refrain` is a command, which reads files beside itself, and JSR's names have a scope. */
export const onJsr = ({ name, exports }) => name.startsWith("@") && exports !== undefined;

/** The TypeScript source of what tsc put into dist. */
const source = (path) => path.replace("./dist/", "./src/").replace(/\.js$/, ".ts");

/** A package's deno.json. `versions` are those of the packages of the family, by name. */
export function denoConfig({ name, version, license, exports, files, dependencies, peerDependencies }, versions) {
  // Deno takes a WASM file for a module that imports "env", and so refuses it as an export: on JSR the loader reads it from beside the code.
  const entries = Object.entries(exports).filter(([, entry]) => entry.default?.endsWith(".js"));
  const imports = Object.entries({ ...dependencies, ...peerDependencies }).map(([wanted, range]) => [
    wanted,
    `${versions.has(wanted) ? "jsr" : "npm"}:${wanted}@${range}`,
  ]);
  const carried = files.filter((path) => path !== "dist" && !path.startsWith("!"));
  return {
    name,
    version,
    license,
    exports: Object.fromEntries(entries.map(([entry, { default: built }]) => [entry, source(built)])),
    ...(imports.length > 0 && { imports: Object.fromEntries(imports) }),
    publish: {
      include: ["deno.json", "LICENSE", "README.md", "src", ...carried],
      // What is built is not in git, and would be left out with all that git ignores.
      exclude: ["**/*.test.ts", "**/*.test-helper.ts", "**/*.test.helper.ts", ...carried.map((path) => `!${path}`)],
    },
  };
}

/** The deno.json of the repository: its members, on the packages that npm installed. */
export const denoWorkspace = (packages) => ({
  workspace: packages.filter(({ manifest }) => onJsr(manifest)).map(({ folder }) => `./${folder}`),
  nodeModulesDir: "manual",
  lock: false,
});
