import { describe, expect, it } from "vitest";
import { readTunes } from "./read-tunes.ts";

const song = (cipai: string, ...lines: string[]) => JSON.stringify({ cipai, author: "某", lines });

describe("readTunes", () => {
  it("finds for each name the commonest pattern, its rhymes and counts, the tunes of most songs first", () => {
    const text = [
      song("甲", "山高，水長。", "一葉舟。"),
      song("乙", "春風又綠江南岸，", "明月何時照我歸。", "東風。", "夢中。", "無人知。"),
      song("甲", "花落、水流。", "人。"),
      "",
      song("乙", "千里江山寒色遠，", "一晌貪歡。", "東風。", "夢中。"),
      song("乙", "小樓一夜聽春雨，", "深巷明朝賣杏花。", "西風。", "客夢。", "無人來。"),
      song("甲", "雲深，天長。", "萬里秋。"),
    ].join("\n");
    expect(readTunes(text)).toEqual([
      {
        name: "甲",
        lines: [
          {
            phrases: [
              { length: 2, mark: "，" },
              { length: 2, mark: "。" },
            ],
          },
          { phrases: [{ length: 3, mark: "。" }] },
        ],
        count: 2,
        songs: 3,
      },
      {
        name: "乙",
        lines: [
          { phrases: [{ length: 7, mark: "，" }] },
          { phrases: [{ length: 7, mark: "。" }] },
          { phrases: [{ length: 2, mark: "。" }], rhyme: "a" },
          { phrases: [{ length: 2, mark: "。" }], rhyme: "a" },
          { phrases: [{ length: 3, mark: "。" }] },
        ],
        count: 2,
        songs: 3,
      },
    ]);
  });

  it("hears which lines rhyme, in several groups, from what most songs do", () => {
    // 菩薩蠻 in little: lines rhyme two by two. The last song has a rhyme of its own, as one in old sounds would.
    const songs = [
      song("丙", "月明。", "風清。", "花開。", "人來。"),
      song("丙", "上樓。", "客愁。", "天長。", "夜涼。"),
      song("丙", "落花。", "斷腸。", "去年。", "水邊。"),
    ];
    expect(readTunes(songs.join("\n"))[0]?.lines.map(({ rhyme }) => rhyme)).toEqual(["a", "a", "b", "b"]);
  });

  it("keeps marks as they stand, even several or none, and counts characters outside the basic plane and numbers as one", () => {
    expect(readTunes(song("丁", "𠮷日……好！", "第3天"))[0]?.lines).toEqual([
      {
        phrases: [
          { length: 2, mark: "……" },
          { length: 1, mark: "！" },
        ],
      },
      { phrases: [{ length: 3, mark: "" }] },
    ]);
  });

  it("leaves out names whose songs have no pattern, but counts such songs", () => {
    expect(readTunes([song("戊", "……春。"), song("戊"), song("己", "，春。"), song("己", "春。")].join("\n"))).toEqual([
      { name: "己", lines: [{ phrases: [{ length: 1, mark: "。" }] }], count: 1, songs: 2 },
    ]);
    expect(readTunes("\n")).toEqual([]);
  });

  it.each(["{", "7", "null", '{"cipai":"甲"}', '{"cipai":1,"lines":[]}', '{"cipai":"甲","lines":[1]}'])("refuses the line %s by its number", (line) => {
    expect(() => readTunes(`${song("甲", "春。")}\n${line}`)).toThrow(
      `readTunes: each line must be a JSON object { cipai, author, lines } with lines of text, but line 2 is ${line}.`,
    );
  });
});
