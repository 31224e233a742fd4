/** Ways to spoil a model's file, drawn from a generator: the same numbers, the same files. */

type Header = Record<string, unknown>;

const HOSTILE: readonly unknown[] = [
  0,
  -1,
  1,
  2,
  3,
  7,
  0.5,
  1e9,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 53,
  1e308,
  null,
  true,
  "",
  "x",
  [],
  {},
  [1],
  { a: 1 },
  "__proto__",
];
/** Nested deeper than any stack. */
const DEEP = "[".repeat(20_000) + "]".repeat(20_000);

/** The header of a safetensors file as text, and its data. */
function split(file: Uint8Array): { header: string; data: Uint8Array } {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return { header: new TextDecoder().decode(file.subarray(8, 8 + length)), data: file.subarray(8 + length) };
}

function join(header: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

/** A file spoilt in one of many ways. */
export function spoil(whole: Uint8Array<ArrayBuffer>, random: () => number): Uint8Array<ArrayBuffer> {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const { header, data } = split(whole);
  const change = (edit: (parsed: Header) => void) => {
    const parsed = JSON.parse(header) as Header;
    edit(parsed);
    return join(JSON.stringify(parsed), data);
  };
  const names = Object.keys(JSON.parse(header) as Header).filter((name) => name !== "__metadata__");
  const metadata = (parsed: Header) => parsed.__metadata__ as Record<string, string>;
  const ofModel = (edit: (model: { kind: unknown; config: Record<string, unknown> }) => void) =>
    change((parsed) => {
      const model = JSON.parse(metadata(parsed).model as string) as { kind: unknown; config: Record<string, unknown> };
      edit(model);
      metadata(parsed).model = JSON.stringify(model);
    });
  const ofEntry = (edit: (entry: { dtype: unknown; shape: number[]; data_offsets: number[] }, parsed: Header) => void) =>
    change((parsed) => edit(parsed[pick(names)] as never, parsed));

  const ways: readonly (() => Uint8Array<ArrayBuffer>)[] = [
    // Bits flipped, anywhere and in the numbers alone.
    ...[0, whole.length - data.length].map((from) => () => {
      const file = whole.slice();
      for (let flips = 1 + below(8); flips > 0; flips--) {
        const at = from + below(file.length - from);
        file[at] = (file[at] as number) ^ (1 << below(8));
      }
      return file;
    }),
    // Cut short, and longer than it should be.
    () => whole.slice(0, below(whole.length)),
    () => Uint8Array.from([...whole, ...new Uint8Array(1 + below(64))]),
    // A wrong length of the header.
    () => {
      const file = whole.slice();
      new DataView(file.buffer).setBigUint64(
        0,
        pick([0n, 1n, BigInt(below(whole.length)), BigInt(header.length + 1), 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n]),
        true,
      );
      return file;
    },
    // A config that says something else.
    () =>
      ofModel(({ config }) => {
        config[pick(Object.keys(config))] = pick(HOSTILE);
      }),
    () =>
      ofModel(({ config }) => {
        const name = pick(Object.keys(config));
        if (typeof config[name] === "number") config[name] = (config[name] as number) + pick([-2, -1, 1, 2]);
        else delete config[name];
      }),
    () =>
      ofModel((model) => {
        model.kind = pick(["char-rnn", "gpt", "tagger", "classifier", "reader", "seq2seq", "captioner", ...HOSTILE]);
      }),
    () =>
      ofModel(({ config }) => {
        for (const [name, choices] of Object.entries(CHOICES)) if (name in config) config[name] = pick(choices);
      }),
    // Metadata that are missing, or something else, or nested too deep.
    () =>
      change((parsed) => {
        const name = pick(Object.keys(metadata(parsed)));
        if (random() < 0.5) delete metadata(parsed)[name];
        else metadata(parsed)[name] = pick(["", "{", "null", "[]", "3", '"x"', DEEP, `{"kind":${DEEP}}`, `{"kind":"char-rnn","config":{"cell":${DEEP}}}`]);
      }),
    () =>
      change((parsed) => {
        parsed.__metadata__ = pick(HOSTILE);
      }),
    // Tensors of other shapes, types and places, under other names, missing, or too many.
    () => ofEntry((entry) => entry.shape.reverse()),
    () =>
      ofEntry((entry) => {
        entry.shape = pick([[], [1], [entry.shape.reduce((product, size) => product * size, 1)], [0], [-1], [2 ** 31, 2 ** 31], [1e300], [...entry.shape, 1]]);
      }),
    () =>
      ofEntry((entry) => {
        entry.dtype = pick(["F64", "F32", "F16", "BF16", "I8", "U8", "I32", "BOOL", ...HOSTILE]);
        const bytes = { F64: 8, F32: 4, F16: 2, BF16: 2, I8: 1, U8: 1, I32: 4, BOOL: 1 }[entry.dtype as string];
        const [begin, end] = entry.data_offsets as [number, number];
        if (bytes && random() < 0.5) entry.shape = [Math.floor((end - begin) / bytes)];
      }),
    () =>
      ofEntry((entry) => {
        entry.data_offsets[below(2)] = pick([0, -1, 1, 2 ** 31, 2 ** 53, data.length, data.length + 1, below(data.length)]);
      }),
    () =>
      ofEntry((entry, parsed) => {
        parsed[pick(["x", "__proto__", "embedding.weight", `${pick(names)}.scales`, "constructor"])] = entry;
      }),
    () =>
      change((parsed) => {
        const [a, b] = [pick(names), pick(names)];
        [parsed[a], parsed[b]] = [parsed[b], parsed[a]];
      }),
    () =>
      change((parsed) => {
        delete parsed[pick(names)];
      }),
    // Numbers that no training gives.
    () => {
      const file = whole.slice();
      const at = whole.length - data.length + 4 * below(data.length >> 2);
      new DataView(file.buffer).setFloat32(Math.min(at, file.length - 4), pick([Number.NaN, Number.POSITIVE_INFINITY, -3e38, 1e-40]), true);
      return file;
    },
    // The header's text, changed where JSON bites.
    () => {
      const text = [...header];
      text.splice(below(text.length), 1 + below(3), pick([...'{}[]":,0129-eE.\\', "\u0000", "\uFFFD", DEEP]));
      return join(text.join(""), data);
    },
  ];
  return pick(ways)();
}

/** What the words of configs may be swapped with. */
const CHOICES = {
  cell: ["rnn", "lstm", "gru", "peephole-lstm", "toString"],
  positions: ["learned", "sinusoidal", "rotary", "alibi", "none"],
  kind: ["context", "attending", "transformer"],
  similarity: ["dot", "scaled-dot", "cosine", "general", "additive"],
  pool: ["last", "mean", "attention"],
  activation: ["relu", "gelu", "gelu-tanh", "swiglu"],
  norm: ["layer", "rms"],
  order: ["pre", "post"],
  query: ["new", "last"],
} as const;
