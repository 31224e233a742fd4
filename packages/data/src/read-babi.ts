import { normalize } from "./normalize.ts";

/** A question about a story, as far as it was told. */
export type BabiQuestion = {
  /** The sentences told before the question. */
  readonly story: readonly string[];
  readonly question: string;
  /** The words of the answer: one, or more where it is a list. */
  readonly answer: readonly string[];
  /** Which sentences of the story one must know to answer, by their places in it. */
  readonly supporting: readonly number[];
};

/**
 * Reads the bAbI tasks (Weston et al. 2015): numbered lines, a story anew where they begin again at 1, each a sentence of it or a question
 * with its answer and the numbers of the lines that support it, parted by tabs. Blank lines are skipped.
 *
 * @throws {Error} when a line has no number or not the one that comes next, a question has no answer, or is supported by what is no
 * sentence of the story before it.
 */
export function readBabi(text: string): BabiQuestion[] {
  const questions: BabiQuestion[] = [];
  let last = 0;
  let story: string[] = [];
  /** Where in the story the line of a number stands. */
  let places = new Map<number, number>();
  normalize(text)
    .split("\n")
    .forEach((line, i) => {
      if (line.trim() === "") return;
      const wrong = (must: string): Error => new Error(`readBabi: ${must}, but line ${i + 1} is ${JSON.stringify(line)}.`);
      const { number, rest = "" } = /^(?<number>\d+) (?<rest>.*\S.*)$/.exec(line)?.groups ?? {};
      if (Number(number) === 1) [last, story, places] = [0, [], new Map()];
      if (Number(number) !== last + 1) throw wrong("each line must begin with its number, which counts from 1 in each story");
      last++;
      const [sentence = "", answer, facts, ...more] = rest.split("\t").map((part) => part.trim());
      if (answer === undefined) {
        places.set(last, story.length);
        story.push(sentence);
        return;
      }
      if (!sentence || !answer || !facts || more.length > 0) throw wrong("each question must have an answer and the lines that support it, parted by tabs");
      const supporting = facts.split(" ").map((fact) => places.get(Number(fact)));
      if (!supporting.every((place) => place !== undefined)) throw wrong("each question must be supported by sentences of its story before it");
      questions.push({ story: [...story], question: sentence, answer: answer.split(","), supporting });
    });
  return questions;
}
