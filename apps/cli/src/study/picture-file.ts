import { writeWhole } from "@refrain/train/checkpoints";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFailure } from "../files.ts";
import { UserError } from "../user-error.ts";

/** A picture's file, whose place was looked at before the work that the picture takes. */
export type PictureFile = { readonly path: string; write(svg: string): Promise<void> };

/** @throws {UserError} when the name is no SVG's, or its folder is missing. */
export async function pictureFile(path: string): Promise<PictureFile> {
  if (!/\.svg$/i.test(path)) throw new UserError(`--out must name an SVG file, but got ${JSON.stringify(path)}. Let its name end in .svg.`, 2);
  const [folder, file] = await Promise.all([dirname(path), path].map((place) => stat(place).catch(() => undefined)));
  if (!folder?.isDirectory()) throw new UserError(`${path} cannot be written: there is no folder ${dirname(path)}. Make it first, or choose another --out.`);
  if (file?.isDirectory()) throw new UserError(`${path} cannot be written: it is a folder. Choose another --out.`);
  return {
    path,
    async write(svg) {
      await writeWhole(path, svg).catch((error) => {
        throw writeFailure(error, path);
      });
    },
  };
}
