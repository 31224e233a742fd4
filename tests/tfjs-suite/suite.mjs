// What is bundled and runs where the backend runs: TensorFlow.js core's specs, registered for one backend.
import { env } from "./jasmine.mjs";
import "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";
import { useBackend } from "@refrain/core";

/**
 * Runs the specs on `backend`, in the order of their files. `name` keeps to those whose full names contain it; `wasmFolder` is where
 * tfjs-backend-wasm finds its files; `options` are those of our kernels. Specs that may run are told by their own constraints only.
 * Gives { passed, pending: names, failures: [{ name, reasons }] }.
 */
export async function runSpecs(backend, name = "", wasmFolder = "", options = {}) {
  if (backend === "wasm") (await import("@tensorflow/tfjs-backend-wasm")).setWasmPaths(wasmFolder);
  await useBackend(backend, options);
  setTestEnvs([{ name: backend, backendName: backend, isDataSync: backend !== "webgpu" }]);
  await import("@tensorflow/tfjs-core/dist/tests.js");
  await import("./switching.mjs");

  let passed = 0;
  const pending = [];
  const failures = [];
  const reasons = ({ failedExpectations }) => failedExpectations.map(({ message, stack }) => (stack?.includes(message) ? stack : `${message}\n${stack ?? ""}`));
  const fail = (name, result) => failures.push({ name, reasons: reasons(result) });
  env.configure({ random: false, specFilter: (spec) => spec.getFullName().includes(name) });
  env.addReporter({
    specDone(result) {
      if (result.status === "passed") passed++;
      else if (result.status === "pending") pending.push(result.fullName);
      else if (result.status !== "excluded") fail(result.fullName, result);
    },
    // What goes wrong before and after specs.
    suiteDone(result) {
      if (result.failedExpectations.length > 0) fail(result.fullName, result);
    },
    jasmineDone(result) {
      if (result.failedExpectations.length > 0) fail("the suite", result);
    },
  });
  await env.execute();
  return { passed, pending, failures };
}
