// npm run test:release: installs, then plays a release with the repository's own Node.
import { join } from "node:path";
import { run, setup } from "./setup.mjs";

setup();
run("node", [join("tests", "release", "run.mjs")]);
