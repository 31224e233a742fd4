import { pinyin } from "pinyin-pro";

/** Which syllables rhyme. */
export type RhymeOptions = {
  /**
   * "final", the default: finals that are the same, as 山 shān and 南 nán. "xinyun": those that 中華新韻, the standard of 2005, counts
   * as one of its fourteen rhymes, as 花 huā and 家 jiā.
   */
  readonly by?: "final" | "xinyun";
  /** Whether tones must be the same too; false by default. */
  readonly tone?: boolean;
};

/** The fourteen rhymes of 中華新韻 by their finals as pinyin writes them. "-i" is the vowel of zhi, chi, shi, ri, zi, ci and si. */
const FOURTEEN: Readonly<Record<string, readonly string[]>> = {
  麻: ["a", "ia", "ua"],
  波: ["o", "e", "uo"],
  皆: ["ie", "üe", "ue"],
  開: ["ai", "uai"],
  微: ["ei", "ui"],
  豪: ["ao", "iao"],
  尤: ["ou", "iu"],
  寒: ["an", "ian", "uan", "üan"],
  文: ["en", "in", "un", "ün"],
  唐: ["ang", "iang", "uang"],
  庚: ["eng", "ing", "ong", "iong"],
  齊: ["i", "er", "ü"],
  支: ["-i"],
  姑: ["u"],
};

/** What pinyin writes alike or differently from how it sounds, by initial and final: 知 zhī is none of 西 xī, nor 玉 yù of 路 lù, nor 夜 yè of 車 chē. */
const SPELLED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(["zh", "ch", "sh", "r", "z", "c", "s"].map((initial) => [`${initial} i`, "-i"])),
  "y u": "ü",
  "y e": "ie",
};

/**
 * A function that names the rhyme (押韻) of a Chinese character, by its first reading in pinyin-pro: two characters rhyme where it
 * gives the same name. It gives undefined for what is no Chinese character, and for the interjections that have no vowel.
 */
export function rhymeOf({ by = "final", tone = false }: RhymeOptions = {}): (character: string) => string | undefined {
  const groups = new Map(Object.entries(FOURTEEN).flatMap(([name, finals]) => finals.map((final) => [final, name] as const)));
  return (character) => {
    const [reading] = pinyin(character, { type: "all", toneType: "none" });
    if (!reading?.isZh) return undefined;
    const { initial, final, num } = reading;
    const group = groups.get(SPELLED[`${initial} ${final}`] ?? final);
    return group && [group, ...(by === "final" ? [final] : []), ...(tone ? [num] : [])].join(" ");
  };
}
