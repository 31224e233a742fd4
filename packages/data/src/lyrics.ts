import { text } from "../gen/lyrics.js";

/**
 * The default corpus: 1,237 classical Chinese lyrics (宋詞三百首, 花間集, 南唐二主詞, 納蘭詞, 國風) in traditional characters, a sentence a
 * line, a blank line between songs; 92,307 characters, 3,486 different ones. The texts are in the public domain; they come from
 * the npm package chinese-poetry 2.0.1 (MIT), converted with opencc-js.
 */
export const defaultLyrics: string = text;
