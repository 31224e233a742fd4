/** @throws {Error} when a file has labels, and not one for each of the answers. */
export function checkLabels(labels: readonly string[] | undefined, answers: number): void {
  if (labels && labels.length !== answers)
    throw new Error(`this model file is damaged: it names ${labels.length} labels, but its model's answers are of ${answers}.`);
}
