// Counts dispatches on WebGPU in a browser: benches/dispatches.ts opens this page and calls `check`.
import { key, useBackend } from "@refrain/core";
import type { LanguageOutput } from "@refrain/models";
import { findBackend, getKernelsForBackend, registerBackend, registerKernel, setBackend, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { modelOf } from "../contenders/model-of.ts";
import { trainingSteps } from "../contenders/training-steps.ts";
import type { Shape } from "../shapes.ts";

export type DispatchTask = {
  readonly what: "train" | "sample";
  /** Whether all is composed of TensorFlow.js's operations, without programs of our own. */
  readonly composed: boolean;
  readonly shape: Shape;
};

declare global {
  /** How many dispatches a training step takes, or a token that is written. */
  var check: (task: DispatchTask) => Promise<number>;
}

type Method = (this: unknown, ...given: unknown[]) => unknown;
declare const GPUComputePassEncoder: { readonly prototype: Record<"dispatchWorkgroups" | "dispatchWorkgroupsIndirect", Method> };

let dispatches = 0;
for (const name of ["dispatchWorkgroups", "dispatchWorkgroupsIndirect"] as const) {
  const { prototype } = GPUComputePassEncoder;
  const dispatch = prototype[name];
  prototype[name] = function (...given) {
    dispatches++;
    return dispatch.apply(this, given);
  };
}

globalThis.check = async ({ what, composed, shape }) => {
  await useBackend("webgpu");
  if (composed) await setBackend(composedBackend());
  const steps = what === "train" ? trainingSteps(modelOf(shape), shape) : tokens(shape);
  await steps.next();
  const before = dispatches;
  await steps.next();
  return dispatches - before;
};

/** TensorFlow.js's own backend and kernels under a name that none of our programs know. @returns the name. */
function composedBackend(): string {
  const name = "composed";
  registerBackend(name, () => findBackend("webgpu"));
  for (const kernel of getKernelsForBackend("webgpu")) registerKernel({ ...kernel, backendName: name });
  return name;
}

/** One token after the other, as a decoder reads them; it reads asynchronously, as a GPU in software does not survive the other way. */
async function* tokens(shape: Shape): AsyncGenerator<void> {
  const model = modelOf(shape);
  const params = model.init(key(1));
  let state: LanguageOutput["state"] | undefined;
  for (;;) {
    const read = tidy(() => {
      const { logits, state: next } = model.apply(params, { tokens: tensor2d([1], [1, 1], "int32"), ...(state && { state }) });
      return { logits, state: next } as never;
    }) as Pick<LanguageOutput, "logits" | "state">;
    state = read.state;
    await read.logits.data();
    yield;
  }
}
