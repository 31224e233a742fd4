import { availableParallelism } from "node:os";
import { openTorch } from "../compare/contender.ts";
import type { Theirs } from "../compare/compare.ts";

/** Threads that the machine runs at once. */
export const CORES: number = availableParallelism();

/**
 * PyTorch on one thread and on two, of which the better counts; and on one with its BLAS on two, which is what PyTorch's own setting of
 * one thread comes to with OpenBLAS.
 */
export function torchSides(task: object): Theirs[] {
  const counts = [
    { threads: 1, blasThreads: 1 },
    { threads: 1, blasThreads: 2 },
    { threads: 2, blasThreads: 2 },
  ];
  return counts.map((count) => ({ peer: "torch", open: () => openTorch({ ...task, ...count }) }));
}
