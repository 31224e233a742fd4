import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCheckpoint, writeCheckpoint, writeWhole } from "./checkpoints.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "refrain-checkpoints-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const files = (text: string) =>
  new Map([
    ["a.bin", new TextEncoder().encode(text)],
    ["b.bin", new Uint8Array([1, 2])],
  ]);

describe("checkpoints", () => {
  it("come back as they were written, the latest only", async () => {
    await writeCheckpoint(folder, { step: 9, files: files("nine") });
    await writeCheckpoint(folder, { step: 100, files: files("hundred") });
    const checkpoint = await readCheckpoint(folder);
    expect(checkpoint?.step).toBe(100);
    expect(new TextDecoder().decode(checkpoint?.files.get("a.bin"))).toBe("hundred");
    expect(await readdir(folder)).toEqual(["step-000100"]);
  });

  it("take each other's place at the same step without a moment when there is none", async () => {
    await writeCheckpoint(folder, { step: 7, files: files("first") });
    await writeCheckpoint(folder, { step: 7, files: files("second") });
    await writeCheckpoint(folder, { step: 7, files: files("third") });
    expect(await readdir(folder)).toEqual(["step-000007-3"]);
    expect(new TextDecoder().decode((await readCheckpoint(folder))?.files.get("a.bin"))).toBe("third");
  });

  it("are none where there is no folder, or only a half-written one", async () => {
    expect(await readCheckpoint(join(folder, "none"))).toBeUndefined();
    await mkdir(join(folder, "step-000005.123.tmp"));
    expect(await readCheckpoint(folder)).toBeUndefined();
  });

  it("keep the last whole one when the next is left half-written", async () => {
    await writeCheckpoint(folder, { step: 1, files: files("one") });
    await mkdir(join(folder, "step-000002.99.tmp"));
    await writeFile(join(folder, "step-000002.99.tmp", "a.bin"), "half");
    expect((await readCheckpoint(folder))?.step).toBe(1);
  });

  it("are read whole while others take their place", async () => {
    let writing = true;
    const write = async () => {
      try {
        for (let turn = 0; turn < 40; turn++) {
          const step = Math.floor(turn / 2);
          await writeCheckpoint(folder, { step, files: files(String(step)) });
        }
      } finally {
        writing = false;
      }
    };
    const read = async () => {
      const seen = new Set<number>();
      while (writing) {
        const checkpoint = await readCheckpoint(folder);
        expect(checkpoint !== undefined || seen.size === 0).toBe(true);
        if (!checkpoint) continue;
        expect([...checkpoint.files.keys()].toSorted()).toEqual(["a.bin", "b.bin"]);
        expect(new TextDecoder().decode(checkpoint.files.get("a.bin"))).toBe(String(checkpoint.step));
        seen.add(checkpoint.step);
      }
      return seen;
    };
    const [seen] = await Promise.all([read(), read(), read(), write()]);
    expect(seen.size).toBeGreaterThan(5);
    // Each checkpoint is forced to the disk, which a busy machine takes its time for.
  }, 60_000);

  it("keep the last one when writing fails, and clean up", async () => {
    await writeCheckpoint(folder, { step: 1, files: files("one") });
    const unwritable = new Map([["no/such/folder.bin", new Uint8Array(1)]]);
    await expect(writeCheckpoint(folder, { step: 2, files: unwritable })).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["step-000001"]);
  });
});

describe("writeWhole", () => {
  it("makes the folders it needs and leaves no temporary file", async () => {
    const path = join(folder, "a", "b", "c.txt");
    await writeWhole(path, "text");
    expect(await readFile(path, "utf8")).toBe("text");
    expect(await readdir(join(folder, "a", "b"))).toEqual(["c.txt"]);
  });

  it("leaves the old file as it was when writing fails", async () => {
    await mkdir(join(folder, "c.txt"));
    await expect(writeWhole(join(folder, "c.txt"), "text")).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["c.txt"]);
  });
});
