import { leaves, type TensorTree } from "@refrain/core";
import { adagrad, adam, adamw, clipByGlobalNorm, lion, type Optimizer, rmsprop, sgd } from "@refrain/train";
import { matrix, numbers } from "../inputs.ts";
import { operation, type Operation } from "../operation.ts";

const TRAIN = "@refrain/train";

/** Two updates: the second knows of the first. Nothing is differentiated. */
const updating = (name: string, make: () => Optimizer): Operation =>
  operation(
    TRAIN,
    name,
    () => ({}),
    () => {
      const optimizer = make();
      const start: TensorTree = { w: matrix(4, 3) };
      const first = optimizer.update({ w: numbers([4, 3], 8) }, optimizer.init(start), start, { step: 1, rate: 0.1 });
      return leaves(optimizer.update({ w: numbers([4, 3], 9) }, first.state, first.params, { step: 2, rate: 0.1 }).params);
    },
  );

export const train: readonly Operation[] = [
  updating("sgd", () => sgd()),
  updating("sgd, momentum", () => sgd({ momentum: 0.9 })),
  updating("sgd, nesterov", () => sgd({ momentum: 0.9, nesterov: true })),
  updating("adam", () => adam()),
  updating("adamw", () => adamw()),
  updating("rmsprop", () => rmsprop()),
  updating("adagrad", () => adagrad()),
  updating("lion", () => lion()),
  operation(
    TRAIN,
    "clipByGlobalNorm",
    () => ({}),
    () => {
      const { gradients, norm } = clipByGlobalNorm({ g: matrix(4, 3) }, 1);
      return [gradients.g, norm];
    },
  ),
];
