import * as v from "valibot";
import { Refusal } from "./refusal.ts";

/** How much of a field's name is said back. */
const LONGEST_NAME = 80;

/** What was sent, as the schema has it. @throws {Refusal} 400, which says what is wrong with the first field that is. */
export function parse<S extends v.GenericSchema>(schema: S, sent: unknown): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, sent, { abortEarly: true });
  if (success) return output;
  const [issue] = issues;
  const param = v.getDotPath(issue)?.slice(0, LONGEST_NAME);
  throw new Refusal(400, `${param ?? "The request"} ${issue.message}`, param === undefined ? {} : { param });
}
