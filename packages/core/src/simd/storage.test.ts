import { type Kernels, loadKernels } from "@refrain/kernels";
import { beforeAll, describe, expect, it } from "vitest";
import { Storage } from "./storage.ts";

describe("Storage", () => {
  let heap: Kernels["heap"];
  beforeAll(async () => {
    ({ heap } = await loadKernels());
  });

  it("holds no heap until a kernel asks where the numbers are, and gives it back", () => {
    const before = heap.bytes();
    const storage = new Storage(heap, "float32", 3, Float32Array.of(1, 2, 3));
    expect([storage.bytes(), heap.bytes() - before]).toEqual([0, 0]);
    const at = storage.pointer();
    expect([...heap.f32(at, 3)]).toEqual([1, 2, 3]);
    expect([storage.bytes(), heap.bytes() - before]).toEqual([12, 12]);
    storage.release();
    expect(heap.bytes()).toBe(before);
  });

  it("gives the same place however often it is asked", () => {
    const storage = new Storage(heap, "int32", 2, Int32Array.of(5, -6));
    expect(storage.pointer()).toBe(storage.pointer());
    expect([...heap.i32(storage.pointer(), 2)]).toEqual([5, -6]);
    storage.release();
  });

  it("hands out copies of what lies in the heap, and what the kernels wrote there", () => {
    const storage = new Storage(heap, "float32", 2);
    heap.f32(storage.pointer(), 2).set([7, 8]);
    const copy = storage.values as Float32Array;
    copy[0] = 100;
    expect([...(storage.values as Float32Array)]).toEqual([7, 8]);
    storage.release();
  });

  it("forgets the host's array when a kernel asks where the numbers are: what is written there counts", () => {
    const storage = new Storage(heap, "float32", 2, Float32Array.of(1, 2));
    heap.f32(storage.pointer(), 2).set([7, 8]);
    expect([...(storage.values as Float32Array)]).toEqual([7, 8]);
    storage.release();
  });

  it("hands out the host's own array, to which the CPU backend's code writes results", () => {
    const storage = new Storage(heap, "float32", 2);
    (storage.values as Float32Array).set([1, 2]);
    expect([...(storage.values as Float32Array)]).toEqual([1, 2]);
    expect([...heap.f32(storage.pointer(), 2)]).toEqual([1, 2]);
    storage.release();
  });

  it("can be released twice, and of no numbers", () => {
    const before = heap.blocks();
    const storage = new Storage(heap, "float32", 0, new Float32Array(0));
    storage.pointer();
    storage.release();
    storage.release();
    expect(heap.blocks()).toBe(before);
  });

  it("takes the type of the tensor that first asks, and no other after", () => {
    const storage = new Storage(heap, "float32", 2, Int32Array.of(3, -4));
    expect([...heap.i32(storage.pointer("int32"), 2)]).toEqual([3, -4]);
    expect(storage.values).toEqual(Int32Array.of(3, -4));
    expect(() => storage.pointer("float32")).toThrow("the numbers lie in the heap as int32 and cannot be read as float32. Cast the tensor first.");
    storage.release();
  });

  it("moves what kernels wrote to the host and gives the heap back; what the host has stays there", () => {
    const before = heap.bytes();
    const computed = new Storage(heap, "float32", 2);
    heap.f32(computed.pointer(), 2).set([7, 8]);
    const array = Float32Array.of(1, 2);
    const handedIn = new Storage(heap, "float32", 2, array);
    for (const storage of [computed, handedIn]) storage.toHost();
    expect(heap.bytes()).toBe(before);
    expect(computed.values).toEqual(Float32Array.of(7, 8));
    expect(handedIn.values).toBe(array);
  });

  it.each(["string", "complex64"] as const)("has no array of the host for %s until it is handed one", (dtype) => {
    expect(new Storage(heap, dtype, 2).values).toBeUndefined();
  });

  it.each(["bool", "string", "complex64"] as const)("keeps %s from the kernels, and says what to do", (dtype) => {
    expect(() => new Storage(heap, dtype, 1).pointer()).toThrow(`the kernels compute float32 and int32, not ${dtype}. Cast the tensor first.`);
  });
});
