/** Tells what passed and what did not, as it comes. */
export type Report = {
  /** Whether a check passes, which is what it does unless it throws. */
  check(name: string, body: () => void | Promise<void>): Promise<boolean>;
  readonly passed: number;
  readonly failed: number;
};

/** A report on the standard output. */
export function newReport(): Report {
  const counts = { passed: 0, failed: 0 };
  return {
    async check(name, body) {
      try {
        await body();
        counts.passed++;
        console.log(`passed  ${name}`);
        return true;
      } catch (error) {
        counts.failed++;
        console.log(`FAILED  ${name}\n${(error as Error).message}`);
        return false;
      }
    },
    get passed() {
      return counts.passed;
    },
    get failed() {
      return counts.failed;
    },
  };
}
