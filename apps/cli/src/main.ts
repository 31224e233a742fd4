import { type CommandDef, defineCommand } from "citty";
import { closest } from "fastest-levenshtein";
import { readFileSync } from "node:fs";
import { type Command, usage } from "./command.ts";
import { doctor } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { quantizeCommand } from "./commands/quantize.ts";
import { rewriteCommand } from "./commands/rewrite.ts";
import { serveCommand } from "./commands/serve.ts";
import { study } from "./commands/study.ts";
import { trainCommand } from "./commands/train.ts";
import { write } from "./commands/write.ts";
import { UserError } from "./user-error.ts";

const COMMANDS: readonly Command[] = [trainCommand, write, rewriteCommand, evaluateCommand, quantizeCommand, exportCommand, serveCommand, study, doctor];

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

const root: CommandDef = defineCommand({
  meta: { name: "refrain", version, description: "Trains character-level writers and writes with them." },
  subCommands: Object.fromEntries(COMMANDS.map(({ name, definition }) => [name, definition])),
}) as CommandDef;

/** Runs a command line. @returns the exit code: 0, 1 for a failure, 2 for a wrong call, 130 after Ctrl-C. */
export async function main(args: readonly string[]): Promise<number> {
  watchOutputs();
  try {
    return (await dispatch(args)) ?? Number(process.exitCode ?? 0);
  } catch (error) {
    if (process.env.REFRAIN_DEBUG) console.error(error);
    else process.stderr.write(`refrain: ${(error as Error).message.replaceAll("\n", " ")}\n`);
    return error instanceof UserError ? error.exitCode : 1;
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<number | undefined> {
  if (name === "--version" || name === "-v") {
    console.log(version);
    return 0;
  }
  if (name === "help" && rest.length > 0) return await dispatch([...rest, "--help"]);
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    console.log(await usage(root));
    return name === undefined ? 2 : 0;
  }
  const chosen = COMMANDS.find((candidate) => candidate.name === name);
  if (!chosen)
    throw new UserError(
      `unknown command ${JSON.stringify(name)}. Did you mean ${closest(
        name,
        COMMANDS.map((candidate) => candidate.name),
      )}? See refrain --help.`,
      2,
    );
  if (rest.includes("--help") || rest.includes("-h")) {
    console.log(await chosen.help(root, rest));
    return 0;
  }
  await chosen.run(rest);
  return undefined;
}

/** `refrain write … | head` ends quietly, and a full disk under standard output in one line. */
function watchOutputs(): void {
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(0);
    process.stderr.write(`refrain: standard output cannot be written: ${message}.\n`);
    process.exit(1);
  });
  // Whoever closed it wants no warnings.
  process.stderr.on("error", () => {});
}
