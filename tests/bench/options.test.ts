import { describe, expect, it } from "vitest";
import { BENCHES, HELP, parseOptions } from "./options.ts";

describe("parseOptions", () => {
  it("runs everything without a name, and leaves the threads to each benchmark", () => {
    expect(parseOptions([])).toEqual({ names: Object.keys(BENCHES), json: false, report: false, help: false, threads: undefined });
  });

  it("takes names and options in any order", () => {
    expect(parseOptions(["sample", "--threads", "2", "gemm", "--json"])).toMatchObject({ names: ["gemm", "sample"], json: true, threads: 2 });
  });

  it("says what there is where it is asked for something else", () => {
    expect(() => parseOptions(["gem"])).toThrow("There is no benchmark gem. Choose from gemm, train");
    expect(() => parseOptions(["--jsn"])).toThrow("--jsn");
    for (const wrong of ["0", "two", "1.5", "-1"]) expect(() => parseOptions([`--threads=${wrong}`])).toThrow("a whole number from 1 to 64");
  });
});

describe("HELP", () => {
  it("names every benchmark and option", () => {
    for (const name of [...Object.keys(BENCHES), "--json", "--threads", "--report", "--help"]) expect(HELP).toContain(name);
  });
});
