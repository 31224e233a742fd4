import { engine, getBackend, getGradient, grad, registerBackend, removeBackend, square, tensor1d } from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type BackendName, memoryInUse, useBackend } from "./use-backend.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("useBackend", () => {
  it("takes simd in Node, where there is no GPU, and registers gradients that Node's tfjs-core lacks", async () => {
    expect(getGradient("Square")).toBeUndefined();
    expect(await useBackend()).toBe("simd");
    expect(getBackend()).toBe("simd");
    expect(getGradient("Square")).toBeDefined();
    expect([...grad((x) => square(x))(tensor1d([1, 2, 3])).dataSync()]).toEqual([2, 4, 6]);
  });

  it.each(["simd", "cpu", "auto"] as const)("goes to and fro between backends: %s", async (name) => {
    expect(await useBackend(name)).toBe(name === "auto" ? "simd" : name);
    expect([...square(tensor1d([3])).dataSync()]).toEqual([9]);
  });

  it("keeps one heap however often simd is chosen", async () => {
    const warned = vi.spyOn(console, "warn");
    await useBackend("simd");
    const first = engine().backend;
    await useBackend("cpu");
    await useBackend("simd");
    expect(engine().backend).toBe(first);
    expect(warned).not.toHaveBeenCalled();
  });

  it("keeps one heap when two ask at once, and refuses another build than the one in use", async () => {
    const [first, second] = await Promise.all([useBackend("simd"), useBackend("simd")]);
    expect([first, second]).toEqual(["simd", "simd"]);
    await expect(useBackend("simd", { build: "simd" })).rejects.toThrow(/the simd build was asked for, but the relaxed build holds the tensors already/);
  });

  it("brings simd back after it has been removed, over the same heap, and tensors of before keep their numbers", async () => {
    await useBackend("simd");
    const x = square(tensor1d([1, 2, 3]));
    removeBackend("simd");
    expect(await useBackend("simd")).toBe("simd");
    expect(memoryInUse()).toMatchObject({ heapBytes: 0, heapBlocks: 0 });
    expect([...square(x).dataSync()]).toEqual([1, 16, 81]);
  });

  it.each(["gpu", "tensorflow", ""])("says which names there are when asked for %j", async (name) => {
    await expect(useBackend(name as BackendName)).rejects.toThrow(TypeError);
    await expect(useBackend(name as BackendName)).rejects.toThrow(
      `useBackend("${name}"): there is no such backend. Choose auto, webgpu, webgl, simd, wasm, cpu.`,
    );
  });

  it.each(["constructor", "toString"])("says which names there are when asked for %j, which every object has", async (name) => {
    await expect(useBackend(name as BackendName)).rejects.toThrow(/there is no such backend/);
  });

  it.each(["webgpu", "webgl", "wasm"] as const)("says how to install %s where its package is missing, and stays where it was", async (name) => {
    vi.doMock(`@tensorflow/tfjs-backend-${name}`, () => {
      throw new Error("not there");
    });
    await useBackend("simd");
    const attempt = useBackend(name);
    await expect(attempt).rejects.toThrow(
      `useBackend("${name}"): @tensorflow/tfjs-backend-${name} could not be loaded. Install it: npm install @tensorflow/tfjs-backend-${name}`,
    );
    await expect(attempt).rejects.toHaveProperty("cause");
    expect(getBackend()).toBe("simd");
  });

  it.each([
    ["registers nothing", () => {}],
    ["fails to start", () => void registerBackend("webgl", () => Promise.reject(new Error("no GPU")))],
  ])("refuses a backend that %s on this machine, and stays where it was", async (_, register) => {
    vi.spyOn(console, "warn").mockReturnValue();
    vi.doMock("@tensorflow/tfjs-backend-webgl", () => {
      register();
      return {};
    });
    await useBackend("simd");
    await expect(useBackend("webgl")).rejects.toThrow(`useBackend("webgl"): this machine cannot run it. Use "auto" to take what works.`);
    expect(getBackend()).toBe("simd");
    expect([...square(tensor1d([3])).dataSync()]).toEqual([9]);
  });
});

describe("memoryInUse", () => {
  it("counts tensors, and the heap's bytes and blocks while simd is in use", async () => {
    await useBackend("simd");
    const before = memoryInUse();
    const x = square(tensor1d([1, 2, 3]));
    const held = memoryInUse();
    expect(held.tensors - before.tensors).toBe(2);
    expect(held.heapBytes - before.heapBytes).toBe(24);
    expect(held.heapBlocks - before.heapBlocks).toBe(2);
    await useBackend("cpu");
    expect(memoryInUse()).toMatchObject({ tensors: held.tensors, heapBytes: 0, heapBlocks: 0 });
    x.dispose();
  });
});
