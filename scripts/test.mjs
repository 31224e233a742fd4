// npm test: installs, builds, checks the house rules and the sizes, and runs every test.
import { run, setup } from "./setup.mjs";

setup();
run("turbo", ["run", "build", "--output-logs=errors-only"]);
run("npm", ["run", "check"]);
run("npm", ["run", "--silent", "size"]);
run("turbo", ["run", "test", "--output-logs=new-only", "--concurrency=2"]);
