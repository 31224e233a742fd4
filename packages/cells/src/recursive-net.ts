import { add, concat, gather, matMul, relu, tanh, tensor1d, type Tensor2D, unsortedSegmentSum } from "@tensorflow/tfjs-core";
import { affine, type Layer } from "@refrain/core";
import { checkSizes } from "./parameters.ts";
import type { HiddenState, RnnConfig } from "./rnn.ts";
import { splitLevels } from "./split-levels.ts";
import { checkNodes, initTree, type TreeInput, type TreeParams } from "./tree-parameters.ts";
import { planTrees } from "./tree-plan.ts";

/**
 * The plain recursive net over a batch of trees: h = tanh(W x + b + sum over the children of U h_k), or relu. It is the net of Socher
 * et al. (2011) with one matrix for all children, where theirs has one for the left and one for the right, so that a node may have any
 * number of children, and inputs of its own. The output's `h` is [nodes, hidden], in the order of `x`. All nodes at one depth are
 * computed in one matrix product, the deepest first.
 *
 * @throws {RangeError} unless both sizes are whole and positive, and `parents` are those of trees.
 * @throws {Error} when `x` is not [nodes, input] with at least one node.
 */
export function recursiveNet({ input, hidden, bias = true, nonlinearity = "tanh" }: RnnConfig): Layer<TreeParams, TreeInput, HiddenState> {
  checkSizes("recursiveNet", { input, hidden });
  if (nonlinearity !== "tanh" && nonlinearity !== "relu")
    throw new TypeError(`recursiveNet: nonlinearity must be "tanh" or "relu", but is ${JSON.stringify(nonlinearity)}.`);
  const squash = nonlinearity === "tanh" ? tanh : relu;
  return {
    kind: "recursive-net",
    config: { input, hidden, bias, nonlinearity },
    init: (key) => initTree(key, 1, { input, hidden, bias }),
    apply({ weightInput, weightHidden, bias: offset }, { x, parents }) {
      checkNodes("recursiveNet", x, input);
      const plan = planTrees("recursiveNet", parents, x.shape[0]);
      const projected = affine(gather(x, tensor1d(plan.order, "int32")), { weight: weightInput, bias: offset }) as Tensor2D;
      const levels: Tensor2D[] = [];
      for (const [level, own] of splitLevels(projected, plan.sizes).entries()) {
        const below = levels.at(-1);
        if (!below) {
          levels.push(squash(own));
          continue;
        }
        const children = unsortedSegmentSum(below, tensor1d(plan.parents[level - 1] as Int32Array, "int32"), own.shape[0]) as Tensor2D;
        levels.push(squash(add(own, matMul(children, weightHidden, false, true))));
      }
      return { h: gather(concat(levels), tensor1d(plan.places, "int32")) };
    },
  };
}
