// Runs a script of tests once for each build of the kernels, with threads and without: node every-build.mjs SCRIPT [ARGUMENT ...]
//
// The script finds BUILD (relaxed or simd) and THREADS in its environment, and says "N passed, M failed" last; the sums are printed in the end.
// BUILD and THREADS that are given already keep to the builds that they name; where BACKEND or BACKENDS name others than simd alone or not at
// all, there is no build to choose, and the script runs once.
import { spawnSync } from "node:child_process";

const [script, ...rest] = process.argv.slice(2);
const { BUILD, THREADS, BACKEND = "simd", BACKENDS = "simd" } = process.env;
const ofSimd = BACKEND === "simd" && BACKENDS.split(",").includes("simd");
const builds = ["relaxed", "simd"].filter((build) => !BUILD || build === BUILD);
const counts = ["1", "2"].filter((threads) => !THREADS || threads === THREADS);
const environments = ofSimd ? builds.flatMap((build) => counts.map((threads) => ({ BUILD: build, THREADS: threads }))) : [{}];
if (environments.length === 0) {
  console.error(`BUILD must be relaxed or simd, and THREADS 1 or 2, but they are ${BUILD} and ${THREADS}.`);
  process.exit(2);
}

const sums = [0, 0];
for (const [i, environment] of environments.entries()) {
  // Other backends have no builds.
  if (i > 0) environment.BACKENDS = "simd";
  if (environment.BUILD) console.log(`build ${environment.BUILD}, ${environment.THREADS} thread${environment.THREADS === "1" ? "" : "s"}`);
  const { stdout, status } = spawnSync(process.execPath, [script, ...rest], {
    env: { ...process.env, ...environment },
    stdio: ["inherit", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  process.stdout.write(stdout);
  const found = [...stdout.matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1);
  if (status !== 0 || !found) process.exitCode = status || 1;
  found?.slice(1).forEach((count, i) => {
    sums[i] += Number(count);
  });
}
if (environments.length > 1) console.log(`of all builds:\n${sums[0]} passed, ${sums[1]} failed`);
