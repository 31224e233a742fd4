import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { PEERS, versionOf } from "../peers.ts";

/** What a run was made on and with, as pairs of a name and what is so called. */
export function machine(): [string, string][] {
  const { node, v8 } = process.versions;
  return [
    ["processor", cpus()[0]?.model.trim() || "unknown"],
    ["cores", String(availableParallelism())],
    ["memory", `${Math.round(totalmem() / 1e9)} GB`],
    ["system", `${type()} ${release()}, ${process.arch}`],
    ["Node", `${node} (V8 ${v8})`],
    ...PEERS.filter((peer) => peer !== "peak").map((peer): [string, string] => [peer, versionOf(peer) ?? "not installed"]),
  ];
}
