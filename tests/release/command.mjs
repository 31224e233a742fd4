import { spawnSync } from "node:child_process";

/** Runs a command to its end and gives what it printed. @throws {Error} with all that it printed, when it fails. */
export function command(cwd, env, name, ...args) {
  const { status, signal, stdout, stderr, error } = spawnSync(name, args, { cwd, env, encoding: "utf8", timeout: 300_000, maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${[name, ...args].join(" ")} ended with ${error?.message ?? signal ?? status}\n${stdout}${stderr}`);
  return stdout;
}
