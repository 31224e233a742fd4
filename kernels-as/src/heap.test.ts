import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { type Allocator, createHeap, type Heap } from "./heap.ts";
import { loadKernels } from "./load-kernels.ts";
import { readWasm } from "./read-wasm.ts";

/** A heap over a memory of `pages` pages of 64 KiB at most. */
async function heapOf(pages: number): Promise<Heap> {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: pages });
  const abort = () => {
    throw new Error("aborted");
  };
  const { instance } = await WebAssembly.instantiate(await readWasm("simd"), { env: { memory, abort } });
  return createHeap(memory, instance.exports as unknown as Allocator);
}

let heap: Heap;
beforeEach(async () => {
  ({ heap } = await loadKernels({ build: "simd" }));
});

test("the heap is empty once the kernels are loaded", () => {
  expect([heap.bytes(), heap.blocks()]).toEqual([0, 0]);
});

test("the heap counts the blocks that are held and the bytes that were asked for", () => {
  const [a, b] = [heap.alloc(100), heap.alloc(0)];
  expect([heap.bytes(), heap.blocks()]).toEqual([100, 2]);
  heap.free(a);
  expect([heap.bytes(), heap.blocks()]).toEqual([0, 1]);
  heap.free(b);
  expect([heap.bytes(), heap.blocks()]).toEqual([0, 0]);
});

test("the memory is a quarter larger than what blocks hold, where that can be had", async () => {
  const roomy = await heapOf(4096),
    narrow = await heapOf(70);
  for (const megabytes of [3, 5, 20, 1]) {
    roomy.alloc(megabytes * 2 ** 20);
    expect(roomy.memory.buffer.byteLength).toBeGreaterThanOrEqual(1.25 * roomy.bytes());
  }
  const block = narrow.alloc(3.5 * 2 ** 20);
  expect(narrow.memory.buffer.byteLength).toBeLessThan(1.25 * narrow.bytes());
  narrow.free(block);
  expect(narrow.alloc(3.5 * 2 ** 20)).toBe(block);
});

test("free says so when no block is held there: freed before, made up, or inside a block", () => {
  const block = heap.alloc(64);
  expect(() => heap.free(block + 16)).toThrow(`heap.free(${block + 16}): no block is held there`);
  heap.free(block);
  for (const at of [block, 0, 12_345, Number.NaN]) expect(() => heap.free(at)).toThrow("no block is held there");
  expect([heap.bytes(), heap.blocks()]).toEqual([0, 0]);
});

test.each([-1, 1.5, Number.NaN, Infinity, 2 ** 30, 2 ** 40])("alloc(%d) is a RangeError and takes nothing", (bytes) => {
  expect(() => heap.alloc(bytes)).toThrow(RangeError);
  expect(() => heap.alloc(bytes)).toThrow("heap.alloc");
  expect([heap.bytes(), heap.blocks()]).toEqual([0, 0]);
});

test("views read and write the block they are of", () => {
  const block = heap.alloc(16);
  heap.f32(block, 4).set([1, 2, 3, -0]);
  expect([...heap.i32(block, 4)]).toEqual([0x3f80_0000, 0x4000_0000, 0x4040_0000, -(2 ** 31)]);
  expect([...heap.f32(block + 4, 2)]).toEqual([2, 3]);
});

test("blocks keep their numbers when the memory grows", () => {
  const before = heap.memory.buffer.byteLength;
  const block = heap.alloc(4000);
  const view = heap.f32(block, 1000).fill(7);
  heap.alloc(2 * before);
  expect(heap.memory.buffer.byteLength).toBeGreaterThan(before);
  expect(view.length, "an old view is detached").toBe(0);
  expect(heap.f32(block, 1000).every((value) => value === 7)).toBe(true);
});

test("blocks given back are used again: the memory does not grow for ever", () => {
  const round = () => [1 << 20, 100, 1 << 18, 5].map((bytes) => heap.alloc(bytes)).forEach((block) => heap.free(block));
  round();
  const before = heap.memory.buffer.byteLength;
  for (let i = 0; i < 500; i++) round();
  expect(heap.memory.buffer.byteLength).toBe(before);
});

test("blocks beyond 2 GB can be read and written", () => {
  const far = createHeap(new WebAssembly.Memory({ initial: 1 }), { alloc: () => (2 ** 31 + 16) | 0, free: () => {} });
  expect(far.alloc(16)).toBe(2 ** 31 + 16);
});

describe("when the memory is full", () => {
  test("alloc is a RangeError that says how much was wanted and is in use, and the heap goes on", async () => {
    const small = await heapOf(100);
    const block = small.alloc(3 << 20);
    small.f32(block, 100).fill(5);
    expect(() => small.alloc(8 << 20)).toThrow(
      new RangeError("heap.alloc: no memory for 8.0 MB more; 3.0 MB are in use. Use a smaller model, batch or context."),
    );
    expect([small.bytes(), small.blocks()]).toEqual([3 << 20, 1]);
    const other = small.alloc(1 << 20);
    small.f32(other, (1 << 20) / 4).fill(6);
    expect(small.f32(block, 100).every((value) => value === 5)).toBe(true);
    small.free(block);
    small.free(other);
    small.free(small.alloc(4 << 20));
  });

  test("small blocks fill it to the brim, and all of it can be had again", async () => {
    const small = await heapOf(70);
    const fill = () => {
      const blocks: number[] = [];
      expect(() => {
        for (;;) blocks.push(small.alloc(10_000));
      }).toThrow(RangeError);
      for (const block of blocks) small.free(block);
      return blocks.length;
    };
    const first = fill();
    expect(first).toBeGreaterThan(400);
    expect(fill()).toBe(first);
  });
});

test("whatever is taken and given back, blocks are aligned, apart, and keep what was written", () => {
  const take = fc.record({ bytes: fc.oneof(fc.nat(200), fc.nat(20_000)) });
  const give = fc.record({ give: fc.nat() });
  fc.assert(
    fc.property(fc.array(fc.oneof(take, take, give), { maxLength: 60 }), (steps) => {
      const held: { at: number; bytes: number; mark: number }[] = [];
      const view = ({ at, bytes }: { at: number; bytes: number }) => new Uint8Array(heap.memory.buffer, at, bytes);
      const release = (index: number) => {
        for (const block of held.splice(index, 1)) {
          expect(view(block).every((byte) => byte === block.mark)).toBe(true);
          heap.free(block.at);
        }
      };
      for (const [i, step] of steps.entries()) {
        if ("bytes" in step) {
          const block = { at: heap.alloc(step.bytes), bytes: step.bytes, mark: i + 1 };
          expect(block.at % 16).toBe(0);
          expect(held.every(({ at, bytes }) => at + bytes <= block.at || block.at + block.bytes <= at)).toBe(true);
          view(block).fill(block.mark);
          held.push(block);
        } else if (held.length > 0) release(step.give % held.length);
        expect([heap.bytes(), heap.blocks()]).toEqual([held.reduce((sum, { bytes }) => sum + bytes, 0), held.length]);
      }
      while (held.length > 0) release(0);
    }),
  );
});

test("work that throws leaves no blocks behind, and takes none of those before", async () => {
  const { heap } = await loadKernels();
  const kept = heap.alloc(8);
  const failing = () => {
    heap.free(heap.alloc(4));
    heap.alloc(100);
    heap.alloc(200);
    throw new Error("enough");
  };
  expect(() => heap.orNothing(failing)).toThrow("enough");
  expect(heap.blocks()).toBe(1);
  const more = heap.orNothing(() => heap.alloc(16));
  for (const block of [kept, more]) heap.free(block);
  expect(heap.blocks()).toBe(0);
});
