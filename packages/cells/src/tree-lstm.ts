import { add, concat, gather, matMul, mul, sigmoid, split as divide, tanh, tensor1d, type Tensor2D, unsortedSegmentSum } from "@tensorflow/tfjs-core";
import { affine, type Layer } from "@refrain/core";
import type { LstmState } from "./lstm.ts";
import { type CellSizes, checkSizes } from "./parameters.ts";
import { splitLevels } from "./split-levels.ts";
import { checkNodes, initTree, type TreeInput, type TreeParams } from "./tree-parameters.ts";
import { planTrees } from "./tree-plan.ts";

/**
 * The child-sum Tree-LSTM (Tai et al. 2015, eqs. 2-8) over a batch of trees. A node sums up its children's h for the gates i, o and u, and
 * has a forget gate for each child:
 *
 *     s = sum of h_k,  i, o = sigmoid(W x + U s + b),  u = tanh(the same),  f_k = sigmoid(W_f x + U_f h_k + b_f)
 *     c = i * u + sum of f_k * c_k,  h = o * tanh(c)
 *
 * Gate order i, f, o, u. The output's `h` and `c` are [nodes, hidden], in the order of `x`. All nodes at one depth are computed in one
 * matrix product, the deepest first, so that the work grows with the nodes and the number of operations with the deepest tree. The order
 * of siblings makes no difference.
 *
 * @throws {RangeError} unless both sizes are whole and positive, and `parents` are those of trees.
 * @throws {Error} when `x` is not [nodes, input] with at least one node.
 */
export function treeLstm({ input, hidden, bias = true }: CellSizes): Layer<TreeParams, TreeInput, LstmState> {
  checkSizes("treeLstm", { input, hidden });
  return {
    kind: "tree-lstm",
    config: { input, hidden, bias },
    init: (key) => initTree(key, 4, { input, hidden, bias }),
    apply({ weightInput, weightHidden, bias: offset }, { x, parents }) {
      checkNodes("treeLstm", x, input);
      const plan = planTrees("treeLstm", parents, x.shape[0]);
      const [inputGate, forgetGate, outputGate, update] = divide(weightHidden, 4) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
      const sumWeight = concat([inputGate, outputGate, update]);
      const projected = affine(gather(x, tensor1d(plan.order, "int32")), { weight: weightInput, bias: offset }) as Tensor2D;
      const levels: LstmState[] = [];
      for (const [level, own] of splitLevels(projected, plan.sizes).entries()) {
        const [xi, xf, xo, xu] = divide(own, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
        const below = levels.at(-1);
        if (!below) {
          levels.push(memory(xi, xo, xu));
          continue;
        }
        const nodes = plan.sizes[level] as number;
        const of = tensor1d(plan.parents[level - 1] as Int32Array, "int32");
        const [si, so, su] = divide(matMul(unsortedSegmentSum(below.h, of, nodes) as Tensor2D, sumWeight, false, true), 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
        const forget = sigmoid(add(gather(xf, of), matMul(below.h, forgetGate, false, true)));
        levels.push(memory(add(xi, si), add(xo, so), add(xu, su), unsortedSegmentSum(mul(forget, below.c), of, nodes) as Tensor2D));
      }
      const places = tensor1d(plan.places, "int32");
      return { h: gather(concat(levels.map(({ h }) => h)), places), c: gather(concat(levels.map(({ c }) => c)), places) };
    },
  };
}

/** The state of a level's nodes from the sums of their gates and what they keep of their children. */
function memory(i: Tensor2D, o: Tensor2D, u: Tensor2D, remembered?: Tensor2D): LstmState {
  const taken: Tensor2D = mul(sigmoid(i), tanh(u));
  const c: Tensor2D = remembered ? add(taken, remembered) : taken;
  return { h: mul(sigmoid(o), tanh(c)), c };
}
