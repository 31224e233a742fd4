/** Text in Unicode's Normalization Form C, with "\n" as the only line end and no byte order mark. */
export function normalize(text: string): string {
  return text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .normalize("NFC");
}
