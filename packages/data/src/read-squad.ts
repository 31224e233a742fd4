/** A question about a passage, and where in it the answers stand. */
export type SquadQuestion = {
  readonly id: string;
  /** Of the article that the passage is from. */
  readonly title: string;
  readonly passage: string;
  readonly question: string;
  /** What people marked as the answer, each from UTF-16 unit `start` of the passage; none where it has no answer. */
  readonly answers: readonly { readonly text: string; readonly start: number }[];
};

/**
 * Reads questions in the format of SQuAD (Rajpurkar et al. 2016), which DRCD and XQuAD have too. The files count characters as Python
 * does; answers are told here by UTF-16 units, as `slice` takes them. Passages stay as they are, not normalized, for the places to hold.
 *
 * @throws {Error} when the text is no such JSON, or an answer does not stand where the file says.
 */
export function readSquad(json: string): SquadQuestion[] {
  return list(record(parse(json), "the file"), "data", "the file").flatMap((article, i) => {
    const what = `article ${i + 1}`;
    const title = string(record(article, what), "title", what);
    return list(record(article, what), "paragraphs", what).flatMap((paragraph) => questionsOf(record(paragraph, what), title));
  });
}

function questionsOf(paragraph: Fields, title: string): SquadQuestion[] {
  const what = `a paragraph of ${JSON.stringify(title)}`;
  const passage = string(paragraph, "context", what);
  const unitOf = unitsByCharacter(passage);
  return list(paragraph, "qas", what).map((item) => {
    const asked = record(item, what),
      id = string(asked, "id", what);
    const answers = list(asked, "answers", id).map((given) => {
      const answer = record(given, id),
        text = string(answer, "text", id);
      const start = unitOf(answer.answer_start as number);
      if (start === undefined || !passage.startsWith(text, start))
        throw new Error(`readSquad: an answer to ${id} must stand in its passage at character ${answer.answer_start}, but ${JSON.stringify(text)} does not.`);
      return { text, start };
    });
    return { id, title, passage, question: string(asked, "question", id), answers };
  });
}

/** Where in a text's UTF-16 units each of its characters begins. */
function unitsByCharacter(text: string): (character: number) => number | undefined {
  const units: number[] = [];
  let unit = 0;
  for (const character of text) {
    units.push(unit);
    unit += character.length;
  }
  return (character) => units[character];
}

type Fields = Readonly<Record<string, unknown>>;

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new Error("readSquad: the text must be JSON in the format of SQuAD, but is no JSON.", { cause });
  }
}

function record(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(what, "an object", value);
  return value as Fields;
}

function list(fields: Fields, name: string, what: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw wrong(`"${name}" of ${what}`, "a list", value);
  return value;
}

function string(fields: Fields, name: string, what: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw wrong(`"${name}" of ${what}`, "a string", value);
  return value;
}

function wrong(what: string, must: string, value: unknown): Error {
  const found = Array.isArray(value) ? "a list" : value === null ? "null" : typeof value;
  return new Error(`readSquad: ${what} must be ${must}, but is ${found}.`);
}
