import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { checkAlone } from "./check-alone.mjs";
import { bundleExamples, checkBundles } from "./check-bundles.mjs";
import { checkExamples } from "./check-examples.mjs";
import { checkTypes } from "./check-types.mjs";
import { command } from "./command.mjs";
import { step } from "./report.mjs";
import { runtimes } from "./runtimes.mjs";

/** Is a user of one package: in an empty folder first with that package alone, then with what its README says to install. */
export async function checkConsumer({ manifest, source, place, tools, env, packages }) {
  const { name, version } = manifest;
  const readme = readFileSync(join(source, "README.md"), "utf8");
  const path = [join(place, "node_modules", ".bin"), join(tools, "node_modules", ".bin"), env.PATH].join(delimiter);
  const user = { manifest, readme, place, tools, packages, env: { ...env, PATH: path }, runtimes: runtimes(tools) };
  const install = (...wanted) => command(place, user.env, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", ...wanted);

  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const installed = await step(`${name}: installs alone`, () => install(`${name}@${version}`));
  if (installed === undefined) return;
  await step(`${name}: imports alone, with nothing that it does not need`, () => checkAlone(user));
  if (manifest.exports) await step(`${name}: bundles alone, within its size, without what is not used`, () => checkBundles(user));

  const [, wanted] = readme.match(/^ {4}npm install (?:--global )?(.+)$/m) ?? [];
  const complete = await step(`${name}: installs as its README says`, () => {
    if (!wanted) throw new Error("README.md does not say how to install it, in a line of its own: npm install …");
    // In its own version, and not in that of a snapshot.
    return install(...wanted.split(" "));
  });
  if (complete !== undefined) {
    await checkExamples(user);
    await checkTypes(user);
    if (manifest.exports) await step(`${name}: the README's examples, bundled`, () => bundleExamples(user));
  }
  rmSync(place, { recursive: true });
}
