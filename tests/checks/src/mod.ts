export { BACKENDS, expectNoLeak, expectSameOnBoth } from "./backends.ts";
export { expectTrueGradients } from "./gradients.ts";
export { expectClose, some } from "./numbers.ts";
