/** How often two lines must rhyme to be meant to. Songs of old rhyme in today's sounds about half the time or more where they should, else once in ten. */
const MEANT = 1 / 3;

/**
 * Which lines of a tune rhyme with each other: a letter for each line, undefined for one that rhymes with none. `songs` [song, line]
 * are the rhymes that the lines of its songs end in.
 */
export function rhymeScheme(songs: readonly (readonly (string | undefined)[])[]): (string | undefined)[] {
  const lines = songs[0]?.length ?? 0;
  const together = (a: number, b: number) => songs.filter((song) => song[a] !== undefined && song[a] === song[b]).length / songs.length;
  const groups: number[][] = [];
  for (let line = 0; line < lines; line++) {
    const joined = groups.find((group) => group.reduce((sum, other) => sum + together(line, other), 0) / group.length >= MEANT);
    if (joined) joined.push(line);
    else groups.push([line]);
  }
  const rhyming = groups.filter((group) => group.length > 1);
  return Array.from({ length: lines }, (_, line) => {
    const group = rhyming.findIndex((members) => members.includes(line));
    return group < 0 ? undefined : String.fromCharCode("a".charCodeAt(0) + group);
  });
}
