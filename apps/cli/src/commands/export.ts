import { storeTensors, writeSafetensors } from "@refrain/core";
import { writeWhole } from "@refrain/train/checkpoints";
import { stat } from "node:fs/promises";
import { command } from "../command.ts";
import { writeFailure } from "../files.ts";
import { type LoadedWriter, loadWriter } from "../load-writer.ts";
import { jsonOption } from "../shared-options.ts";
import { UserError } from "../user-error.ts";

export const exportCommand: ReturnType<typeof command> = command({
  name: "export",
  description: "Write a model for other programs: as an ONNX file, or as a PyTorch state dict (safetensors)",
  positionals: [{ name: "MODEL", description: "a model file, or the out folder of refrain train", required: true }],
  options: {
    format: {
      type: "choice",
      choices: ["onnx", "torch"],
      default: "onnx",
      description: "onnx for onnxruntime and its like; torch for a PyTorch module of the same layers (see the README of @refrain/interop)",
    },
    out: { type: "text", hint: "file", description: "the file to write; it must not be there yet" },
    json: jsonOption,
  },
  examples: [
    ["refrain export runs/default-lstm --out writer.onnx", "for onnxruntime: tokens and the state before them in, logits and the state after them out"],
    ["refrain export model.safetensors --format torch --out state.safetensors", "for torch.nn: load_state_dict(safetensors.torch.load_file(…))"],
  ],
  async run({ values: { format, out, json }, positionals: [path] }) {
    if (out === undefined)
      throw new UserError(`--out is missing: name the file to write, ${format === "onnx" ? "model.onnx" : "state.safetensors"} for one.`, 2);
    if (await stat(out).catch(() => undefined)) throw new UserError(`${out} is there already. Choose another --out, or remove it first.`);
    // Nothing is computed, so that no GPU is woken.
    const writer = await loadWriter(path as string, "cpu");
    const bytes = await bytesOf(writer, format, path as string);
    await writeWhole(out, bytes).catch((error) => {
      throw writeFailure(error, out);
    });
    if (json) console.log(JSON.stringify({ event: "exported", format, bytes: bytes.length, out }));
    else console.log(`${out}: ${format}, ${bytes.length.toLocaleString("en")} bytes`);
  },
});

/**
 * A model in a format, its config and its tokenizer in the metadata.
 * @throws {UserError} when the format has no place for such a model.
 */
async function bytesOf({ model, params, tokenizer }: LoadedWriter, format: "onnx" | "torch", path: string): Promise<Uint8Array<ArrayBuffer>> {
  // Its libraries would slow every other command's start.
  const { toOnnx, torchModel } = await import("@refrain/interop");
  const { kind, config } = model;
  try {
    if (format === "onnx") return toOnnx(model, params, { tokenizer: tokenizer.toJSON() });
    const metadata = { model: JSON.stringify({ kind, config }), tokenizer: JSON.stringify(tokenizer.toJSON()) };
    return writeSafetensors({ tensors: storeTensors(torchModel(model).save(params)), metadata });
  } catch (error) {
    throw new UserError(`${path} cannot be exported: ${(error as Error).message}`);
  }
}
