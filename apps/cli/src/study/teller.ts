/** Tells of an event: as a line of JSON for machines, as lines of text for people. */
export type Teller = (event: string, fields: object, ...lines: readonly string[]) => void;

export function teller(json: boolean): Teller {
  return (event, fields, ...lines) => {
    if (json) console.log(JSON.stringify({ event, ...fields }));
    else for (const line of lines) console.log(line);
  };
}
