import type { Heap, Pointer } from "@refrain/kernels";

/**
 * The windows that a convolution of 4 × 4 with stride 2 looks through, zeros around the picture: from [height, width, features] to
 * [height / 2 * width / 2, 16 * features]. The features of a window are those of its quarters, row by row, and in each those of its pixels.
 */
export function pictureWindows(heap: Heap, picture: Float32Array, height: number, width: number, features: number, out: Pointer): void {
  const size = 16 * features;
  heap.f32(out, (height / 2) * (width / 2) * size).fill(0);
  for (let row = 0; row < height / 2; row++)
    for (let column = 0; column < width / 2; column++) {
      const window = heap.f32(out + 4 * (row * (width / 2) + column) * size, size);
      for (let pixel = 0; pixel < 16; pixel++) {
        const [quarter, within] = [pixel >> 2, pixel & 3];
        const y = 2 * row - 1 + 2 * (quarter >> 1) + (within >> 1),
          x = 2 * column - 1 + 2 * (quarter & 1) + (within & 1);
        if (y < 0 || x < 0 || y >= height || x >= width) continue;
        const from = (y * width + x) * features;
        window.set(picture.subarray(from, from + features), pixel * features);
      }
    }
}
