import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "./command.mjs";

/** Imports every entry of a package on every runtime: the same names everywhere, nothing printed, no TensorFlow.js where nothing asks for it. */
export function checkAlone({ manifest, place, env, runtimes, packages }) {
  const { name, version, exports, bin } = manifest;
  if (bin) return assert.equal(command(place, env, name, "--version").trim(), version);

  assert.equal(existsSync(join(place, "node_modules", "@tensorflow")), needsTensorFlow(manifest, packages), "TensorFlow.js is installed, or it is not");
  const entries = Object.entries(exports).filter(([, { default: path }]) => path.endsWith(".js"));
  const specifiers = entries.map(([entry]) => name + entry.slice(1));
  writeFileSync(
    join(place, "names.mjs"),
    `${specifiers.map((specifier, i) => `import * as entry${i} from "${specifier}";`).join("\n")}
console.log(JSON.stringify([${specifiers.map((_, i) => `Object.keys(entry${i})`)}]));`,
  );
  const names = Object.entries(runtimes).map(([, [runtime, ...args]]) => command(place, env, runtime, ...args, "names.mjs"));
  for (const printed of names) assert.deepEqual(JSON.parse(printed), JSON.parse(names[0]));
  if (name === "@refrain/safetensors") assert.ok(names[0].includes('"rehearsed"'), "the change that was made is not in what was published");
}

/** Whether a package, or one of ours that it depends on, wants TensorFlow.js. */
function needsTensorFlow({ dependencies = {}, peerDependencies = {} }, packages) {
  if (peerDependencies["@tensorflow/tfjs-core"]) return true;
  return packages.some(({ manifest }) => dependencies[manifest.name] && needsTensorFlow(manifest, packages));
}
