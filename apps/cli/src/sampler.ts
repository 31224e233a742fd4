import { generator, key } from "@refrain/core";
import { banned, type Filter, power, type Sampler, samplerOf, temperature, topK, topP } from "@refrain/losses/sampling";
import type { Values } from "./options.ts";
import type { samplingOptions } from "./shared-options.ts";
import { UserError } from "./user-error.ts";

const DEFAULT_TEMPERATURE = 0.8;

type Choices = Partial<Values<typeof samplingOptions>> & { readonly seed: number };

/** The sampler that the options ask for. It never draws the unknown mark. */
export function samplerFor(choices: Choices, unknown: number): Sampler {
  const { temperature: T, power: e, "top-k": k, "top-p": p, seed } = choices;
  if (T !== undefined && e !== undefined) throw new UserError("--temperature and --power say the same in two ways; give one of them.", 2);
  const filters: (Filter | undefined)[] = [
    banned([unknown]),
    e === undefined ? temperature(T ?? DEFAULT_TEMPERATURE) : power(e),
    k === undefined ? undefined : topK(k),
    p === undefined ? undefined : topP(p),
  ];
  return samplerOf(
    filters.filter((filter) => filter !== undefined),
    generator(key(seed)),
  );
}

/** Whether two drafts with these options can differ. */
export function isRandom({ temperature: T, "top-k": k }: Choices): boolean {
  return T !== 0 && k !== 1;
}
