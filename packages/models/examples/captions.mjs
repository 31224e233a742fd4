// Trains a captioner on scenes of two emoji, and measures whether the words of a caption look at the picture that they name:
//   node examples/captions.mjs twemoji_sheet_32.png emoji_captions.tsv [--category "Animals & Nature"] [--pictures 20] [--steps 2000] [--save FILE]
// The sheet has squares of 32 pixels with a border of one, the table its columns sheet_x, sheet_y, category and zh_hant.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { inflateSync } from "node:zlib";
import { foldIn, generator, key, useBackend } from "@refrain/core";
import { charTokenizer, charVocabulary, composeScene, PADDING, padRows } from "@refrain/data";
import { caption, captioner, captionerObjective, saveModel } from "@refrain/models";
import { adamw, cosine, train } from "@refrain/train";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    category: { type: "string", default: "Animals & Nature" },
    pictures: { type: "string", default: "20" },
    steps: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    save: { type: "string" },
  },
});
if (positionals.length !== 2) throw new Error("name the sheet and its table: node examples/captions.mjs SHEET.png TABLE.tsv");
const [head, ...lines] = readFileSync(positionals[1], "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => line.split("\t"));
const rows = lines.map((fields) => Object.fromEntries(head.map((name, i) => [name, fields[i]])));
const things = rows.filter(({ category, zh_hant }) => category === values.category && [...zh_hant].length <= 3).slice(0, Number(values.pictures));
const sheet = halved(decodePng(readFileSync(positionals[0])));
const seed = Number(values.seed);
await useBackend("simd");

// A scene is a grid of 3 × 3 squares with two pictures, and its caption 甲在乙的左邊 or 甲在乙的上面: one lies left of the other, or above it.
const SIDE = 16,
  GRID = 3;
const tokenizer = charTokenizer(charVocabulary([...things.map(({ zh_hant }) => zh_hant), "在的左邊上面"].join("")));
const [start, end] = [tokenizer.size, tokenizer.size + 1];
/** Every tenth pair of pictures is kept apart for the test. */
const isApart = (one, other) => (7 * one + 3 * other) % 10 === 9;

function sceneOf(random, apart) {
  const below = (limit) => Math.floor(random() * limit);
  let [one, other] = [0, 0];
  while (one === other || isApart(one, other) !== apart) [one, other] = [below(things.length), below(things.length)];
  // The one on the left, or above, is named first.
  const [across, first] = [below(2) === 0, below(GRID - 1)];
  const [second, line] = [first + 1 + below(GRID - 1 - first), below(GRID)];
  const cells = [first, second].map((step) => (across ? { x: step, y: line } : { x: line, y: step }));
  const places = [one, other].map((thing, i) => ({
    from: { x: 17 * Number(things[thing].sheet_x), y: 17 * Number(things[thing].sheet_y) },
    to: { x: SIDE * cells[i].x, y: SIDE * cells[i].y },
  }));
  const text = `${things[one].zh_hant}在${things[other].zh_hant}的${across ? "左邊" : "上面"}`;
  const picture = composeScene(sheet, places, { width: GRID * SIDE, height: GRID * SIDE, size: SIDE, background: [0, 0, 0] });
  return { text, picture, cells, names: [things[one].zh_hant, things[other].zh_hant] };
}

function batchOf(seed, count) {
  const random = generator(foldIn(key(2), seed));
  const scenes = Array.from({ length: count }, () => sceneOf(random, false));
  const texts = scenes.map(({ text }) => [...tokenizer.encode(text)]);
  const inputs = padRows(texts.map((text) => [start, ...text]));
  const pictures = Float32Array.from(scenes.flatMap(({ picture }) => [...picture]));
  return {
    rows: count,
    time: inputs.time,
    pictures,
    inputs: inputs.tokens,
    targets: padRows(
      texts.map((text) => [...text, end]),
      PADDING,
    ).tokens,
  };
}

const sizes = { height: GRID * SIDE, width: GRID * SIDE, channels: 3, convolutions: [16, 32, 48], vocabulary: tokenizer.size + 2, embedding: 32, hidden: 96 };
const model = captioner({ ...sizes, start, end, cell: "gru" });
let params;
for await (const event of train({
  params: model.init(key(seed)),
  optimizer: adamw(),
  objective: captionerObjective(model),
  batches: (step) => batchOf(step, 16),
  schedule: cosine(0.003),
  budget: { steps: Number(values.steps) },
  clip: 1,
  key: foldIn(key(seed), 1),
  reportEvery: 200,
})) {
  if (event.event === "report") console.log(`step ${event.to}: loss ${event.loss.toFixed(3)}, ${(100 * event.accuracy).toFixed(1)} % of the tokens`);
  if (event.event === "end") {
    params = event.snapshot.params;
    console.log(`trained for ${event.snapshot.progress.seconds.toFixed(0)} s`);
  }
}

const random = generator(key(3));
const found = { right: 0, looked: 0, names: 0 };
for (let i = 0; i < 200; i++) {
  const { text, picture, cells, names } = sceneOf(random, true);
  const { tokens, weights } = caption(model, params, picture, { length: 16, weights: true });
  const written = tokenizer.decode(tokens);
  if (i < 5) console.log(written, `(${text})`);
  if (written !== text) continue;
  found.right++;
  // Where each character of a name looks: the square of the place with the largest weight.
  const first = [0, names[0].length + 1];
  names.forEach((name, which) => {
    for (let at = first[which]; at < first[which] + [...name].length; at++) {
      const flat = weights[at].flat();
      const best = flat.indexOf(Math.max(...flat));
      const square = (place) => Math.floor((place * GRID) / model.places.width);
      found.names++;
      if (square(best % model.places.width) === cells[which].x && square(Math.floor(best / model.places.width)) === cells[which].y) found.looked++;
    }
  });
}
console.log(`${found.right} of 200 scenes of pairs never seen together right; ${found.looked} of ${found.names} characters of names look at what they name`);
if (values.save) writeFileSync(values.save, saveModel({ model, params, tokenizer: tokenizer.toJSON() }));

/** The pixels of a PNG of 8 bits a number, with opacity and without interlacing (RFC 2083). */
function decodePng(bytes) {
  const [width, height, kind] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes.readUInt32BE(24)];
  if (kind !== 0x08060000) throw new Error("the sheet must be a PNG of 8 bits a number, red, green, blue and opacity, not interlaced.");
  const parts = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at))
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  const raw = inflateSync(Buffer.concat(parts));
  const stride = 4 * width,
    data = new Uint8ClampedArray(stride * height);
  /** Of left, up and corner the one nearest to left + up - corner (Paeth). */
  const nearest = (a, b, c) => {
    const [toLeft, toUp, toCorner] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    return toLeft <= toUp && toLeft <= toCorner ? a : toUp <= toCorner ? b : c;
  };
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < 4 ? 0 : data[at - 4],
        up = y === 0 ? 0 : data[at - stride],
        corner = x < 4 || y === 0 ? 0 : data[at - stride - 4];
      const guess = filter === 0 ? 0 : filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : nearest(left, up, corner);
      data[at] = (raw[y * (stride + 1) + 1 + x] + guess) & 255;
    }
  }
  return { width, height, data };
}

/** Half as wide and as high, borders of one pixel left out and to the left and above put back: squares of 16 with one of 1 between them. */
function halved({ width, data }) {
  const count = Math.floor(width / 34),
    side = 17 * count;
  const small = new Uint8ClampedArray(4 * side * side);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let i = 0; i < 4; i++) {
        if (x % 17 === 16 || y % 17 === 16) continue;
        const [left, top] = [34 * Math.floor(x / 17) + 1 + 2 * (x % 17), 34 * Math.floor(y / 17) + 1 + 2 * (y % 17)];
        const at = (dx, dy) => 4 * ((top + dy) * width + left + dx) + i;
        small[4 * (y * side + x) + i] = (data[at(0, 0)] + data[at(1, 0)] + data[at(0, 1)] + data[at(1, 1)]) / 4;
      }
  return { width: side, height: side, data: small };
}
