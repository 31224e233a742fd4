import { rewrite } from "@refrain/models";
import { command } from "../command.ts";
import { loadWriter } from "../load-writer.ts";
import { rewriteLine } from "../rewrite-line.ts";
import { backendOption, jsonOption } from "../shared-options.ts";
import { UserError } from "../user-error.ts";

export const rewriteCommand: ReturnType<typeof command> = command({
  name: "rewrite",
  description: "Show how the model would have written a line: at each character, the one it holds likeliest",
  positionals: [
    { name: "MODEL", description: "a model file, or the out folder of refrain train", required: true },
    { name: "LINE", description: "the line to rewrite", required: true },
  ],
  options: { backend: backendOption, json: jsonOption },
  examples: [['refrain rewrite runs/default-lstm "翠玉樓前，惟是有、一波湘水，搖盪湘雲。"', "the model's version, with the original under it"]],
  async run({ values, positionals: [path, line] }) {
    const text = (line as string).normalize("NFC");
    if (text === "") throw new UserError("the line to rewrite is empty. Give at least one character.", 2);
    if (text.includes("\n")) throw new UserError("the line to rewrite has a line break in it. Give one line.", 2);
    const { model, params, tokenizer } = await loadWriter(path as string, values.backend);
    const missing = tokenizer.missing(text);
    if (missing.length > 0)
      process.stderr.write(
        `refrain: the model never saw ${missing.map((character) => `「${character}」`).join("")} in its corpus; it reads them as unknown.\n`,
      );
    const written = rewriteLine(text, tokenizer, (tokens) => rewrite(model, params, tokens));
    if (values.json) console.log(JSON.stringify({ event: "rewrite", rewritten: written, original: text }));
    else console.log(`【這句歌詞我會寫成...】\n${written}\n(原句) ${text}`);
  },
});
