let passed = 0,
  failed = 0;

/** Tries something, says whether it passed and in how many seconds, and goes on. Gives what it gave, or undefined where it failed. */
export async function step(name, attempt) {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  try {
    const result = await attempt();
    passed++;
    console.log(`passed  ${name} (${seconds()})`);
    return result;
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name} (${seconds()})\n${error.message.replace(/^/gm, "        ")}`);
  }
}

/** A step without which nothing that follows makes sense. */
export async function needed(name, attempt) {
  const before = failed;
  const result = await step(name, attempt);
  if (failed > before) process.exit(conclude());
  return result;
}

/** Says how it ended. Gives the exit code. */
export function conclude() {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
