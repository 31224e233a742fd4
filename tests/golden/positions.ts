import type { Tensor } from "@tensorflow/tfjs-core";
import { rotary, sinusoidal } from "@refrain/attention";
import type { Operation } from "./case.ts";
import { differentiate } from "./differentiate.ts";

const sinusoidalCase: Operation = (golden) => {
  const [positions, features] = golden.get("out.pe").shape as [number, number];
  return { "out.pe": sinusoidal(positions, features, { base: golden.config.base as number }) };
};

const rotaryCase: Operation = (golden) => {
  const { base, pairs } = golden.config as unknown as { base: number; pairs: "interleaved" | "half" };
  return differentiate(golden, ({ x }) => ({ y: rotary(x as Tensor, { base, pairs }) }));
};

export const positionCases: Record<string, Operation> = { sinusoidal: sinusoidalCase, rope: rotaryCase };
