import { attention } from "./lists/attention.ts";
import { cells } from "./lists/cells.ts";
import { core } from "./lists/core.ts";
import { losses } from "./lists/losses.ts";
import { models } from "./lists/models.ts";
import { train } from "./lists/train.ts";
import { transformer } from "./lists/transformer.ts";
import type { Operation } from "./operation.ts";

/** Every operation that users call, in the order of the table. */
export const OPERATIONS: readonly Operation[] = [...core, ...cells, ...attention, ...transformer, ...losses, ...models, ...train];
