import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { cores, inNode, supports } from "./features.ts";
import type { Build, KernelFunctions, Kernels } from "./kernels.ts";
import { instantiateKernels } from "./instantiate-kernels.ts";
import { loadKernels } from "./load-kernels.ts";
import { readWasm } from "./read-wasm.ts";
import { selfTest } from "./self-test.ts";

const BUILDS: Build[] = ["relaxed", "simd"];

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Makes WebAssembly.validate know no relaxed SIMD. */
function withoutRelaxed(): void {
  const { validate } = WebAssembly;
  const relaxedMadd = String([0xfd, 0x85, 0x02]);
  vi.spyOn(WebAssembly, "validate").mockImplementation((bytes) => !String(new Uint8Array(bytes as ArrayBuffer)).includes(relaxedMadd) && validate(bytes));
}

/** Makes the next instance's functions come out changed, as on an engine that computes wrongly. */
function faultyOnce(change: (run: KernelFunctions) => Partial<KernelFunctions>): void {
  const { instantiate } = WebAssembly as unknown as { instantiate(module: WebAssembly.Module, imports: object): Promise<WebAssembly.Instance> };
  vi.spyOn(WebAssembly, "instantiate").mockImplementationOnce((async (module: WebAssembly.Module, imports: object) => {
    const { exports } = await instantiate(module, imports);
    return { exports: { ...exports, ...change(exports as unknown as KernelFunctions) } };
  }) as unknown as typeof WebAssembly.instantiate);
}

/** The exponentials of 0, 3 and -2 as the kernels compute them. */
function exponentials({ heap, run }: Kernels): number[] {
  const block = heap.alloc(12);
  heap.f32(block, 3).set([0, 3, -2]);
  run.unary(0, 3, block, block);
  const out = [...heap.f32(block, 3)].map((value) => Number(value.toPrecision(6)));
  heap.free(block);
  return out;
}
const EXPONENTIALS = [1, 20.0855, 0.135335];

describe("auto", () => {
  test("takes the relaxed build on Node 24, which runs both", async () => {
    expect(BUILDS.map(supports)).toEqual([true, true]);
    const kernels = await loadKernels();
    expect(kernels.build).toBe("relaxed");
    expect(exponentials(kernels)).toEqual(EXPONENTIALS);
    expect((await loadKernels({ build: "auto" })).build).toBe("relaxed");
  });

  test("takes the simd build where there is no relaxed SIMD", async () => {
    withoutRelaxed();
    expect(BUILDS.map(supports)).toEqual([false, true]);
    expect((await loadKernels()).build).toBe("simd");
  });

  test("takes the simd build where the relaxed dot product of bytes is wrong", async () => {
    // As an engine that reads the vector's bytes with a sign.
    faultyOnce(({ multiplyInt8 }) => ({
      multiplyInt8: (...call) => {
        multiplyInt8(...call);
        multiplyInt8(1, 2, 8, call[3], 8, call[5], 0, call[7], 2, true);
      },
    }));
    const kernels = await loadKernels();
    expect(kernels.build).toBe("simd");
    expect(kernels.heap.blocks()).toBe(0);
  });

  test("takes the simd build where relaxed SIMD computes wrongly", async () => {
    faultyOnce(() => ({ gemm: () => {} }));
    const kernels = await loadKernels();
    expect(kernels.build).toBe("simd");
    expect(exponentials(kernels)).toEqual(EXPONENTIALS);
  });
});

describe.each(BUILDS)("the %s build", (build) => {
  test("loads by name, from its bytes and from a compiled module", async () => {
    const bytes = await readWasm(build);
    const view = new Uint8Array(bytes as ArrayBuffer);
    for (const module of [undefined, bytes, view.slice().buffer, await WebAssembly.compile(bytes)]) {
      const kernels = await loadKernels({ build, module });
      expect(kernels.build).toBe(build);
      expect(exponentials(kernels)).toEqual(EXPONENTIALS);
    }
  });

  test("has a memory of its own in each instance", async () => {
    const module = await WebAssembly.compile(await readWasm(build));
    const [a, b] = await Promise.all([loadKernels({ build, module }), loadKernels({ build, module })]);
    const block = a.heap.alloc(16);
    expect(b.heap.alloc(16)).toBe(block);
    a.heap.f32(block, 1)[0] = 1;
    b.heap.f32(block, 1)[0] = 2;
    expect(a.heap.f32(block, 1)[0]).toBe(1);
  });

  test("is refused by its name when it computes a wrong product or exponential, and leaves nothing on the heap", async () => {
    const kernels = await loadKernels({ build });
    const { run, heap } = kernels;
    const faulty = (change: Partial<KernelFunctions>) => () => selfTest({ ...kernels, run: { ...run, ...change } });
    const offByOne: KernelFunctions["gemm"] = (...all) => {
      run.gemm(...all);
      const last = heap.f32(all[10], 77);
      last[76] = (last[76] as number) + 1;
    };
    expect(faulty({})).not.toThrow();
    expect(faulty({ gemm: offByOne })).toThrow(new RegExp(`the ${build} kernels compute entry 76 of a matrix product = .* SIMD is faulty`));
    expect(faulty({ unary: () => {} })).toThrow(`the ${build} kernels compute an exponential = 0 here, not 1`);
    expect(heap.blocks()).toBe(0);
    faultyOnce(() => ({ unary: () => {} }));
    await expect(loadKernels({ build })).rejects.toThrow(`the ${build} kernels compute an exponential`);
  });

  test("ends its threads when it computes wrongly, as nothing else would", async () => {
    const ended = vi.spyOn(Worker.prototype, "terminate");
    faultyOnce(() => ({ unary: () => {} }));
    await expect(loadKernels({ build, threads: 3 })).rejects.toThrow("SIMD is faulty");
    expect(ended).toHaveBeenCalledTimes(2);
  });

  test("is not run where WebAssembly has no SIMD", async () => {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    await expect(loadKernels({ build })).rejects.toThrow("this machine's WebAssembly has no SIMD");
  });

  test("is refused when what is given is no WebAssembly", async () => {
    await expect(loadKernels({ build, module: new Uint8Array([1, 2, 3]) })).rejects.toThrow(WebAssembly.CompileError);
  });
});

test("a machine without WebAssembly gets the same clear error", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  expect(BUILDS.map(supports)).toEqual([false, false]);
  await expect(loadKernels()).rejects.toThrow("has no SIMD, which the kernels need. Use Node 20+");
});

test("the relaxed build, asked for where only SIMD runs, says what to ask for instead", async () => {
  withoutRelaxed();
  await expect(loadKernels({ build: "relaxed" })).rejects.toThrow(
    'the relaxed build was asked for, but this machine\'s WebAssembly cannot run it. Ask for "simd" or "auto".',
  );
});

test("a page whose bundler gave it a process is not taken for Node", async () => {
  expect(inNode()).toBe(true);
  vi.stubGlobal("process", { env: {}, versions: {} });
  vi.stubGlobal("navigator", { hardwareConcurrency: 5 });
  const found = [inNode(), await cores()];
  vi.unstubAllGlobals();
  expect(found).toEqual([false, 5]);
});

test("a module says by itself what it is built for, and is not taken for another", async () => {
  for (const build of BUILDS) {
    const module = await WebAssembly.compile(await readWasm(build));
    const other = BUILDS.find((name) => name !== build) as Build;
    expect((await loadKernels({ module })).build).toBe(build);
    expect((await loadKernels({ module, threads: "auto" })).threads).toBe(1);
    await expect(loadKernels({ module, build: other })).rejects.toThrow(`the module that was given is the ${build} build, but ${other} is asked for`);
    const kernels = instantiateKernels(module);
    expect([kernels.build, exponentials(kernels)]).toEqual([build, EXPONENTIALS]);
  }
});

test("a module of another making is refused", async () => {
  const module = await WebAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  expect(() => instantiateKernels(module)).toThrow("the module that was given is none of @refrain/kernels'");
  await expect(loadKernels({ module })).rejects.toThrow("the module that was given is none of @refrain/kernels'");
});

test("a module with threads is refused where there is no thread to start", async () => {
  const module = await WebAssembly.compile(await readWasm("simd-threads"));
  expect(() => instantiateKernels(module)).toThrow("the module that was given is built with threads, but one is asked for");
});

test("a build whose file is missing says where it looked and how to hand it in", async () => {
  await expect(readWasm("none" as Build)).rejects.toThrow(
    /cannot read file:.*\/wasm\/none\.wasm\. .* import @refrain\/kernels\/wasm\/none and pass it as `module`/,
  );
});
