import { describe, expect, test } from "vitest";
import { bothBuilds, numbers, worst } from "../kernels.test.helper.ts";
import type { Kernels } from "../kernels.ts";
import { CELLS, type CellKind } from "./cells.ts";
import { packMatrix } from "./packed-matrix.ts";
import { recurrentStack } from "./recurrent-stack.ts";

const [INPUT, HIDDEN, LAYERS] = [3, 5, 2];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

type State = { h: number[]; c: number[] };
type Weights = { input: Float32Array; hidden: Float32Array; ofInput: Float32Array; ofHidden: Float32Array; peepholes: Float32Array[] };

const weightsOf = (kind: CellKind, layer: number): Weights => {
  const gates = CELLS[kind].gates * HIDDEN;
  return {
    ofInput: numbers(10 + layer, gates * (layer === 0 ? INPUT : HIDDEN)),
    ofHidden: numbers(20 + layer, gates * HIDDEN),
    input: numbers(30 + layer, gates),
    hidden: numbers(40 + layer, gates),
    peepholes: [0, 1, 2].map((gate) => numbers(50 + 3 * layer + gate, HIDDEN)),
  };
};

/** A step by the formulas, in f64. */
function byFormula(kind: CellKind, { ofInput, ofHidden, input, hidden, peepholes }: Weights, x: readonly number[], { h, c }: State): State {
  const product = (m: Float32Array, v: readonly number[], row: number) => v.reduce((sum, value, i) => sum + (m[row * v.length + i] as number) * value, 0);
  const units = Array.from({ length: HIDDEN }, (_, unit) => {
    const ofX = (gate: number) => product(ofInput, x, gate * HIDDEN + unit) + (input[gate * HIDDEN + unit] as number);
    const ofH = (gate: number) => product(ofHidden, h, gate * HIDDEN + unit) + (hidden[gate * HIDDEN + unit] as number);
    const sum = (gate: number) => ofX(gate) + ofH(gate);
    const [own, cell] = [h[unit] as number, c[unit] as number];
    if (kind === "rnn-tanh") return [Math.tanh(sum(0)), 0];
    if (kind === "rnn-relu") return [Math.max(0, sum(0)), 0];
    if (kind === "gru") {
      const [r, z] = [sigmoid(sum(0)), sigmoid(sum(1))];
      return [(1 - z) * Math.tanh(ofX(2) + r * ofH(2)) + z * own, 0];
    }
    const seen = (gate: number, value: number) => (kind === "lstm" ? 0 : (peepholes[gate]?.[unit] as number) * value);
    const next = sigmoid(sum(1) + seen(1, cell)) * cell + sigmoid(sum(0) + seen(0, cell)) * Math.tanh(sum(2));
    return [sigmoid(sum(3) + seen(2, next)) * Math.tanh(next), next];
  });
  return { h: units.map(([value]) => value as number), c: units.map(([, value]) => value as number) };
}

describe.each((await bothBuilds()).flatMap((kernels) => (Object.keys(CELLS) as CellKind[]).map((kind) => [kind, kernels.build, kernels] as const)))(
  "a stack of %s on %s",
  (kind, _, kernels: Kernels) => {
    const { heap } = kernels;
    const put = (values: Float32Array) => {
      const at = heap.alloc(4 * values.length);
      heap.f32(at, values.length).set(values);
      return at;
    };

    test("steps by its formulas, one text or several, and gives all memory back", () => {
      const before = heap.bytes();
      const weights = Array.from({ length: LAYERS }, (__, layer) => weightsOf(kind, layer));
      const placed: number[] = [];
      const lend = (values: Float32Array) => {
        const at = put(values);
        placed.push(at);
        return at;
      };
      const layers = weights.map(({ ofInput, ofHidden, input, hidden, peepholes }) => {
        const [i, f, o] = peepholes.map(lend) as [number, number, number];
        const rows = CELLS[kind].gates * HIDDEN;
        return {
          ofInput: packMatrix(kernels, "f32", rows, ofInput.length / rows, lend(ofInput)),
          ofHidden: packMatrix(kernels, "f32", rows, HIDDEN, lend(ofHidden)),
          biasInput: lend(input),
          biasHidden: lend(hidden),
          ...(kind === "peephole-lstm" && { peepholes: { input: i, forget: f, output: o } }),
        };
      });
      const stack = recurrentStack(kernels, kind, layers);
      const states = [0, 1, 2].map(() => lend(new Float32Array(stack.stateSize)));
      const expected = states.map(() => weights.map((): State => ({ h: Array(HIDDEN).fill(0), c: Array(HIDDEN).fill(0) })));
      const x = lend(new Float32Array(3 * INPUT));
      // One, then all three, then two of them.
      for (const [step, texts] of [[1], [0, 1, 2], [2, 0]].entries()) {
        const inputs = texts.map((text) => numbers(100 + 10 * step + text, INPUT));
        inputs.forEach((values, i) => heap.f32(x + 4 * i * INPUT, INPUT).set(values));
        const tops = stack.advance(
          x,
          texts.map((text) => states[text] as number),
        );
        texts.forEach((text, i) => {
          let below = [...(inputs[i] as Float32Array)];
          expected[text] = (expected[text] as State[]).map((state, layer) => {
            const next = byFormula(kind, weights[layer] as Weights, below, state);
            below = next.h;
            return next;
          });
          expect(worst(heap.f32(tops + 4 * i * HIDDEN, HIDDEN), below)).toBeLessThan(1e-5);
        });
      }
      states.forEach((at, text) => {
        const all = (expected[text] as State[]).flatMap(({ h, c }) => (CELLS[kind].cell ? [...h, ...c] : h));
        expect(worst(heap.f32(at, stack.stateSize), all)).toBeLessThan(1e-5);
      });
      stack.dispose();
      for (const { ofInput, ofHidden } of layers) for (const { free } of [ofInput, ofHidden]) free();
      for (const at of placed) heap.free(at);
      expect(heap.bytes()).toBe(before);
    });
  },
);
