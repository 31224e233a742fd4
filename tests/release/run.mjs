// npm run test:release: plays a release for real, on a registry of its own on 127.0.0.1, from a copy of the repository: a change, a changeset, new versions,
// publishing. Then it is a user: it installs each package alone, runs its README's examples on Node, Deno and Bun, type-checks and bundles them.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { publishedPackages } from "../../scripts/packages.mjs";
import { root } from "../../scripts/setup.mjs";
import { checkConsumer } from "./check-consumer.mjs";
import { checkSnapshot } from "./check-snapshot.mjs";
import { checkVersions } from "./check-versions.mjs";
import { command } from "./command.mjs";
import { commit, copyTree } from "./copy-tree.mjs";
import { makeChange } from "./make-change.mjs";
import { startRegistry } from "./registry.mjs";
import { conclude, needed, step } from "./report.mjs";

const folder = mkdtempSync(join(tmpdir(), "refrain-release-"));
const tools = join(import.meta.dirname, "tools");
process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

// As from a shell: what npm tells its scripts would bind the copy to this repository.
const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|command|execpath|node|config_local)/.test(name)));
const env = { ...plain, CI: "1", NO_COLOR: "1", TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", DENO_NO_UPDATE_CHECK: "1" };
const install = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];

await needed("the tools: verdaccio, Deno, Bun, TypeScript 5.9 and 7, esbuild, Rolldown", () => {
  if (!existsSync(join(tools, "node_modules", "verdaccio"))) command(tools, env, "npm", ...install, "--no-package-lock");
});
const tree = join(folder, "tree");
await needed("a copy of the repository, with its tools", () => {
  mkdirSync(tree);
  copyTree(root, tree, env);
  command(tree, env, "npm", ...install);
  command(tree, env, "git", "checkout", "--quiet", "package-lock.json");
});
const inTree = { ...env, PATH: [join(tree, "node_modules", ".bin"), env.PATH].join(delimiter) };
const version = await needed("a change and a changeset become new versions and changelogs", () => {
  const before = publishedPackages(tree)[0].manifest.version;
  makeChange(tree, inTree, "rehearsed");
  command(tree, inTree, "npm", "run", "version");
  const made = checkVersions(tree, before);
  commit(tree, inTree, `Version ${made}`);
  return made;
});
const registry = await needed("a registry on 127.0.0.1", () =>
  startRegistry(join(folder, "registry"), tools, command(root, env, "npm", "config", "get", "registry").trim()),
);
const online = { npm_config_registry: registry.url, npm_config_userconfig: registry.npmrc };
await needed(`publishing ${version} to it`, () => command(tree, { ...inTree, ...online }, "npm", "run", "release"));
await step("JSR's dry run of all that goes there", () => command(tree, inTree, "deno", "publish", "--dry-run"));

const packages = publishedPackages(tree);
for (const { folder: room, manifest } of packages)
  await checkConsumer({ manifest, source: join(tree, room), place: join(folder, "users", manifest.name), tools, env: { ...env, ...online }, packages });

await step("a snapshot is published beside it", () => checkSnapshot(tree, { ...inTree, ...online }, version));
process.exit(conclude());
