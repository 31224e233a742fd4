import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readCheckpoint } from "@refrain/train/checkpoints";
import { UserError } from "./user-error.ts";

/**
 * A text file, checked.
 * @throws {UserError} when it is missing, a folder, empty, not UTF-8, or holds bytes that no text has.
 */
export async function readText(path: string): Promise<string> {
  const text = decodeText(await readBytes(path, "a text file"), path);
  if (text.includes("\0")) throw new UserError(`${path} is a binary file: it holds NUL bytes. Give a text file.`);
  if (text.trim() === "") throw new UserError(`${path} holds nothing but white space. Give a text file.`);
  return text;
}

/** A file of songs, gzipped or not. @throws {UserError} when it is missing, a folder, empty, damaged or not UTF-8. */
export async function readSongs(path: string): Promise<string> {
  const bytes = await readBytes(path, "a file of songs");
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return decodeText(bytes, path);
  try {
    return decodeText(gunzipSync(bytes), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} cannot be unpacked: ${(error as Error).message}. Give a whole gzip file, or a text.`);
  }
}

function decodeText(bytes: Uint8Array, path: string): string {
  if (bytes.length === 0) throw new UserError(`${path} is empty: there is nothing to learn from. Give a text file.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path} is not UTF-8 text${bytes.includes(0) ? ", but a binary file" : ""}. Convert it first (iconv -t UTF-8).`);
  }
}

/** A file's bytes. @throws {UserError} when it is missing, a folder or unreadable. */
async function readBytes(path: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new UserError(`${path} does not exist. Give ${what}.`);
    if (code === "EISDIR") throw new UserError(`${path} is a folder. Give ${what}.`);
    throw new UserError(`${path} cannot be read: ${message}.`);
  }
}

/** The bytes of a model: a file, or a run's folder, whose finished model or latest checkpoint is taken. */
export async function readModelBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const what = "a model file or the out folder of refrain train";
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return await readBytes(path, what);
  // A run that goes on takes its model away: it may be gone though it was there.
  const finished = await readFile(join(path, "model.safetensors")).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw new UserError(`${path} cannot be used: ${error.message}.`);
    return undefined;
  });
  if (finished) return new Uint8Array(finished);
  const checkpoint = (await readCheckpoint(join(path, "checkpoints")))?.files.get("model.safetensors");
  if (!checkpoint) throw new UserError(`${path} holds no model: neither model.safetensors nor a checkpoint. Give ${what}.`);
  return checkpoint;
}

/** Says in one line why a file could not be written; `full` is what to do on a full disk. */
export function writeFailure(error: unknown, path: string, full = "Make room, or choose another --out."): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  const because = (reason: string, advice = "Choose another --out.") => new UserError(`${path} cannot be written: ${reason}. ${advice}`);
  if (code === "ENOSPC" || code === "EDQUOT") return because("the disk is full", full);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return because("permission denied");
  if (code === "ENOTDIR" || code === "EEXIST") return because("a file is in the way");
  return because(message);
}
