/** The examples of a page: blocks of code in ts and sh, each with the text that it must print where a block marked text follows. */
export function examples(page) {
  const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));
  return blocks.flatMap(({ language, code }, i) => {
    const next = blocks[i + 1];
    return language === "ts" || language === "sh" ? [{ language, code, expected: next?.language === "text" ? next.code : undefined }] : [];
  });
}
