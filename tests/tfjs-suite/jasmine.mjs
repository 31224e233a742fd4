// Jasmine's functions as globals, where specs look for them while they are imported: this file comes before them.
import jasmineRequire from "jasmine-core/lib/jasmine-core/jasmine.js";

const jasmine = jasmineRequire.core(jasmineRequire);
// What tfjs-core's jasmine_util means to set: it does so on a Jasmine of its own.
jasmine.DEFAULT_TIMEOUT_INTERVAL = 20_000;

/** Where specs are registered and run. */
export const env = jasmine.getEnv();
Object.assign(globalThis, jasmineRequire.interface(jasmine, env));
