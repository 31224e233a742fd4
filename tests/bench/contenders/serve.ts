import { createInterface } from "node:readline";
import type { Figures } from "../compare/contender.ts";

/**
 * Runs a contender in this process: sets up the task that the command line holds as JSON, says so, and takes a turn for each line that
 * comes in, until none comes any more. What it cannot do it says too. See compare/contender.ts for the other end.
 */
export async function serve<Task>(prepare: (task: Task) => Promise<() => Figures | Promise<Figures>>): Promise<void> {
  const reply = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const turn = await prepare(JSON.parse(process.argv[2] ?? "{}") as Task);
    reply("@ {}");
    for await (const _ of createInterface({ input: process.stdin })) reply(`@ ${JSON.stringify(await turn())}`);
    process.exit(0);
  } catch (error) {
    console.error(error);
    reply(`! ${(error as Error).message.split("\n", 1)[0]}`);
    process.exitCode = 1;
  }
}
