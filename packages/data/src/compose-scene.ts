/** A picture as canvases give it: red, green, blue and opacity of each pixel, 0 to 255, row by row from the top left. */
export type Pixels = {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] */
  readonly data: ArrayLike<number>;
};

/** A square of a sheet of small pictures, and where it is laid. All in pixels, from the top left. */
export type ScenePlace = {
  /** The square's left and top edge on the sheet. */
  readonly from: { readonly x: number; readonly y: number };
  /** The same in the scene. */
  readonly to: { readonly x: number; readonly y: number };
};

/** The sizes of a picture and of the shapes in it. */
export type SceneOptions = {
  /** Pixels of the scene. */
  readonly width: number;
  readonly height: number;
  /** Pixels of a square's side, on the sheet and in the scene. */
  readonly size: number;
  /** Red, green and blue of what lies behind, 0 to 255; white by default. */
  readonly background?: readonly [number, number, number];
};

/**
 * A scene for captions: squares of a sheet laid on a background at known places, so that it can be checked where a caption's words look.
 * Later ones lie over earlier ones, by their opacity. Gives [height, width, 3]: red, green and blue, 0 to 1, row by row.
 *
 * @throws {RangeError} when a square reaches beyond the sheet or the scene, or a size is not whole and positive.
 */
export function composeScene(
  sheet: Pixels,
  places: readonly ScenePlace[],
  { width, height, size, background = [255, 255, 255] }: SceneOptions,
): Float32Array<ArrayBuffer> {
  for (const [name, value] of Object.entries({ width, height, size }))
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`composeScene: ${name} must be a whole number of at least 1, but is ${value}.`);
  if (sheet.data.length !== sheet.width * sheet.height * 4)
    throw new RangeError(`composeScene: a sheet of ${sheet.width} × ${sheet.height} pixels must have four numbers each, but there are ${sheet.data.length}.`);
  const scene = Float32Array.from({ length: height * width * 3 }, (_, i) => (background[i % 3] as number) / 255);
  places.forEach(({ from, to }, i) => {
    checkWithin(`place ${i}`, "the sheet", from, size, sheet);
    checkWithin(`place ${i}`, "the scene", to, size, { width, height });
    for (let pixel = 0; pixel < size * size; pixel++) {
      const [row, column] = [Math.floor(pixel / size), pixel % size];
      const read = 4 * ((from.y + row) * sheet.width + from.x + column),
        written = 3 * ((to.y + row) * width + to.x + column);
      const opacity = (sheet.data[read + 3] as number) / 255;
      for (let colour = 0; colour < 3; colour++)
        scene[written + colour] = opacity * ((sheet.data[read + colour] as number) / 255) + (1 - opacity) * (scene[written + colour] as number);
    }
  });
  return scene;
}

function checkWithin(place: string, what: string, { x, y }: ScenePlace["from"], size: number, { width, height }: Pick<Pixels, "width" | "height">): void {
  const starts = [x, y].every((edge) => Number.isInteger(edge) && edge >= 0);
  if (!starts || x + size > width || y + size > height)
    throw new RangeError(
      `composeScene: ${place} must lie within ${what} of ${width} × ${height} pixels, but its ${size} × ${size} pixels start at ${x}, ${y}.`,
    );
}
