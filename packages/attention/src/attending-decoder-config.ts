import type { Cell } from "@refrain/core";
import type { SimilarityName } from "./similarity.ts";

/** The sizes of an attending decoder, and which of the published ones it is. */
export type AttendingDecoderConfig = {
  /** Features of an item of the memory. */
  readonly memoryFeatures: number;
  /** Features of an output; as many as the cell has hidden units by default. */
  readonly features?: number;
  /** How queries and the memory are compared; "general" by default, as it lets their features differ. */
  readonly similarity?: SimilarityName;
  /** Units of the additive similarity; as many as the cell has by default. */
  readonly hidden?: number;
  /**
   * What a step's query is written from: the cell's new output, after the step ("new", the default; Luong et al. 2015), or its last one,
   * before it ("last"; Bahdanau et al. 2015): then the cell also reads what was found.
   */
  readonly query?: "new" | "last";
  /** Whether the cell also reads the last output, so that it knows where it looked (Luong et al. 2015, section 3.3); not by default. */
  readonly inputFeeding?: boolean;
  /** Whether scores take in how much was read of each item so far (See et al. 2017, eq. 11), with the additive similarity; not by default. */
  readonly coverage?: boolean;
};

/** A config in which every choice is made, and the features of the decoder's own inputs: those of the cell's that nothing is fed into. */
export type FullAttendingDecoderConfig = Required<AttendingDecoderConfig> & { readonly inputSize: number };

/** Fills a config up and checks it against the cell. */
export function checkAttendingDecoder(
  { inputSize: reads, hiddenSize }: Pick<Cell<never, never>, "inputSize" | "hiddenSize">,
  config: AttendingDecoderConfig,
): FullAttendingDecoderConfig {
  const { memoryFeatures, features = hiddenSize, similarity = "general", query = "new", inputFeeding = false, coverage = false } = config;
  const { hidden = hiddenSize } = config;
  for (const [name, size] of Object.entries({ memoryFeatures, features, hidden }))
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`attendingDecoder: ${name} must be a whole number of at least 1, but is ${size}.`);
  if (query !== "new" && query !== "last") throw new TypeError(`attendingDecoder: query must be "new" or "last", but is ${JSON.stringify(query)}.`);
  if (config.hidden !== undefined && similarity !== "additive")
    throw new RangeError(`attendingDecoder: hidden says how many units the additive similarity has, but the similarity is ${similarity}: leave it out.`);
  if (coverage && similarity !== "additive")
    throw new RangeError(`attendingDecoder: only the additive similarity can take in coverage, but the similarity is ${similarity}.`);
  if (similarity !== "additive" && similarity !== "general" && memoryFeatures !== hiddenSize)
    throw new RangeError(
      `attendingDecoder: ${similarity} needs a memory of as many features as the cell has hidden units, but they are ${memoryFeatures} and ${hiddenSize}. Use general or additive.`,
    );
  const fed = (query === "last" ? memoryFeatures : 0) + (inputFeeding ? features : 0);
  if (reads <= fed) throw new RangeError(`attendingDecoder: the cell must read more features than the ${fed} that are fed into it, but reads ${reads}.`);
  return { memoryFeatures, features, similarity, hidden, query, inputFeeding, coverage, inputSize: reads - fed };
}
