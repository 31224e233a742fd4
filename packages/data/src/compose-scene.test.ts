import fc from "fast-check";
import { expect, test } from "vitest";
import { composeScene, type Pixels } from "./compose-scene.ts";

/** A sheet whose pixels each have a colour of their own, as opaque as is said. */
function sheetOf(width: number, height: number, opacity: (x: number, y: number) => number = () => 255): Pixels {
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => {
    const [x, y] = [Math.floor(i / 4) % width, Math.floor(i / 4 / width)];
    return [10 * x, 10 * y, 200, opacity(x, y)][i % 4] as number;
  });
  return { width, height, data };
}

const pixel = (scene: Float32Array, width: number, x: number, y: number) => [...scene.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
const shares = (...colour: number[]) => colour.map((value) => Math.fround(value / 255));

test("lays squares of the sheet where they are wanted, and leaves the background elsewhere", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(4), fc.nat(4), fc.nat(5), fc.nat(3), (size, fromX, fromY, toX, toY) => {
      const [width, height] = [toX + size + 1, toY + size + 2];
      const scene = composeScene(sheetOf(9, 8), [{ from: { x: fromX, y: fromY }, to: { x: toX, y: toY } }], { width, height, size, background: [1, 2, 3] });
      expect(scene.length).toBe(width * height * 3);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const inside = x >= toX && x < toX + size && y >= toY && y < toY + size;
          expect(pixel(scene, width, x, y)).toEqual(inside ? shares(10 * (fromX + x - toX), 10 * (fromY + y - toY), 200) : shares(1, 2, 3));
        }
    }),
  );
});

test("lets what lies behind shine through by its opacity: white where nothing else is said, or what was laid before", () => {
  const sheet = sheetOf(2, 1, (x) => (x === 0 ? 255 : 51));
  const options = { width: 1, height: 1, size: 1 };
  const at = (x: number) => ({ from: { x, y: 0 }, to: { x: 0, y: 0 } });
  const over = (behind: number[]) => [10, 0, 200].map((value, i) => 0.2 * (value / 255) + (0.8 * (behind[i] as number)) / 255);
  const close = (found: Float32Array, expected: number[]) => expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6));
  close(composeScene(sheet, [at(1)], options), over([255, 255, 255]));
  close(composeScene(sheet, [at(0), at(1)], options), over([0, 0, 200]));
  close(composeScene(sheet, [at(1), at(0)], options), [0, 0, 200 / 255]);
  close(composeScene(sheet, [], options), [1, 1, 1]);
});

test("refuses squares that reach beyond the sheet or the scene, sizes that are none, and a sheet that lacks numbers", () => {
  const options = { width: 4, height: 3, size: 2 };
  const laid = (from: [number, number], to: [number, number]) => () =>
    composeScene(sheetOf(5, 4), [{ from: { x: from[0], y: from[1] }, to: { x: to[0], y: to[1] } }], options);
  expect(laid([3, 2], [2, 1])).not.toThrow();
  expect(laid([4, 2], [2, 1])).toThrow(new RangeError("composeScene: place 0 must lie within the sheet of 5 × 4 pixels, but its 2 × 2 pixels start at 4, 2."));
  expect(laid([0, 0], [0, 2])).toThrow("place 0 must lie within the scene of 4 × 3 pixels, but its 2 × 2 pixels start at 0, 2.");
  for (const edge of [-1, 0.5, Number.NaN]) expect(laid([0, edge], [0, 0])).toThrow(`start at 0, ${edge}`);
  expect(() => composeScene(sheetOf(5, 4), [], { ...options, size: 0 })).toThrow("composeScene: size must be a whole number of at least 1, but is 0.");
  expect(() => composeScene({ ...sheetOf(5, 4), height: 5 }, [], options)).toThrow("a sheet of 5 × 5 pixels must have four numbers each, but there are 80.");
});
