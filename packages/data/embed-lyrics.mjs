// Writes default_lyrics_tw.txt as a module, gen/lyrics.js, so that the corpus travels with the code wherever that runs.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const text = readFileSync("default_lyrics_tw.txt", "utf8");
mkdirSync("gen", { recursive: true });
writeFileSync("gen/lyrics.js", `export const text = ${JSON.stringify(text)};\n`);
writeFileSync("gen/lyrics.d.ts", "export declare const text: string;\n");
