import { adamw, type AdamwConfig } from "./adamw.ts";
import type { Optimizer } from "./optimizer.ts";

/** Adam (Kingma and Ba 2015, algorithm 1), which is `adamw` without weight decay. @throws {RangeError} as `adamw` does. */
export function adam(config: Omit<AdamwConfig, "decay"> = {}): Optimizer {
  return adamw({ ...config, decay: 0 });
}
