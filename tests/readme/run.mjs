// Runs every example of every README as it stands there: blocks marked ts as programs, blocks marked sh as shell commands.
// A block followed by one marked text must print just that.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { examples } from "./examples.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const rooms = (folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name));
const packages = [join(root, "kernels-as"), ...rooms("packages"), ...rooms("apps")];

// Beside this file, where the packages can be found.
const folder = mkdtempSync(join(here, ".examples-"));
const env = { ...process.env, PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}` };
let passed = 0,
  failed = 0;

function example(readme, language, code, expected) {
  const place = join(folder, String(passed + failed));
  mkdirSync(place);
  if (language === "ts") writeFileSync(join(place, "example.ts"), code);
  const [command, args] = language === "ts" ? [process.execPath, ["example.ts"]] : ["sh", ["-e", "-c", code]];
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: place, env, encoding: "utf8", timeout: 240_000 });
  const right = status === 0 && (expected === undefined || stdout.trim() === expected.trim());
  if (right) passed++;
  else {
    failed++;
    console.error(`FAILED ${readme}:\n${code}\nended with ${status} and printed\n${stdout}${stderr}${expected === undefined ? "" : `instead of\n${expected}`}`);
  }
}

for (const readme of [join(root, "README.md"), ...packages.map((path) => join(path, "README.md"))]) {
  const before = passed + failed;
  for (const { language, code, expected } of examples(readFileSync(readme, "utf8"))) example(relative(root, readme), language, code, expected);
  if (passed + failed === before) {
    failed++;
    console.error(`FAILED ${relative(root, readme)} shows no example`);
  }
}

// They must also type-check as a user's program would.
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    compilerOptions: { target: "ES2023", module: "NodeNext", strict: true, noEmit: true, skipLibCheck: true, types: ["node"], moduleDetection: "force" },
    include: ["*/example.ts"],
    exclude: [],
  }),
);
const types = spawnSync("tsc", ["-p", folder], { cwd: root, env, encoding: "utf8" });
if (types.status === 0) passed++;
else {
  failed++;
  console.error(`FAILED type check:\n${types.stdout}`);
}

rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
