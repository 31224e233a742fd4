import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commit } from "./copy-tree.mjs";

/** What the change brings to users of @refrain/safetensors, whose changelog must say so. */
export const SAID = "A rehearsal of the release.";

/** A change of a package with its changeset, as a contributor would make it: `name` is exported from then on. */
export function makeChange(tree, env, name) {
  const source = join(tree, "packages", "safetensors", "src");
  writeFileSync(join(source, `${name}.ts`), `/** ${SAID} */\nexport const ${name}: string = "${name}";\n`);
  appendFileSync(join(source, "mod.ts"), `export { ${name} } from "./${name}.ts";\n`);
  writeFileSync(join(tree, ".changeset", `${name}.md`), `---\n"@refrain/safetensors": minor\n---\n\n${SAID}\n`);
  commit(tree, env, `Adds ${name}`);
}
