/** What an alignment says (Graves et al. 2006, section 3.1): of tokens in a row that are alike one is kept, then blanks are taken out. */
export function ctcCollapse(alignment: Iterable<number>, blank = 0): number[] {
  const tokens = [...alignment];
  return tokens.filter((token, i) => token !== tokens[i - 1] && token !== blank);
}
