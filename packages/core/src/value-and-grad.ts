import { clone, engine, keep, scalar, type Scalar, type Tensor, type TensorContainer, tidy, zerosLike } from "@tensorflow/tfjs-core";
import type { TensorTree } from "./contract.ts";
import { leaves, mapTree } from "./tree.ts";

/** A loss, and what else is worth knowing of the same pass: tensors that no gradient flows from. */
export type WithAside<Aside, Value extends Tensor = Scalar> = { readonly value: Value; readonly aside: Aside };

/** A value, and its gradients, shaped as the parameters. */
export type ValueAndGradients<P, Aside> = WithAside<Aside> & {
  /** Shaped as the parameters; zeros for a parameter that the value does not depend on. */
  readonly gradients: P;
};

/**
 * Makes of a scalar function one that also gives its gradients by its first argument.
 * The caller disposes the value, the aside and the gradients (or runs it in a `tidy`).
 *
 * @throws {Error} when the function gives no scalar.
 */
export function valueAndGrad<P extends TensorTree, Rest extends unknown[], Aside extends Record<string, Tensor> = Record<never, never>>(
  f: (params: P, ...rest: Rest) => Tensor | WithAside<Aside, Tensor>,
): (params: P, ...rest: Rest) => ValueAndGradients<P, Aside> {
  return (params, ...rest) => {
    const parameters = leaves(params);
    let kept = {} as Aside;
    // TensorFlow.js's types lose the rank of a mean or a sum, so that it is checked when it is known.
    const differentiate = () => {
      const { value, grads } = engine().gradients(
        () => {
          const result = f(params, ...rest);
          if (!("value" in result)) return result;
          kept = mapValues(result.aside, (tensor) => keep(clone(tensor)));
          return result.value;
        },
        // The engine wants at least one tensor to differentiate by.
        parameters.length > 0 ? parameters : [scalar(0)],
        undefined,
        true,
      );
      if (value.size !== 1) throw new Error(`valueAndGrad: the function must give a scalar, but gave shape [${value.shape}]. Take its mean or sum.`);
      const found = new Map(parameters.map((parameter, i) => [parameter, grads[i] as Tensor | undefined]));
      const gradients = mapTree(params, (leaf) => found.get(leaf) ?? zerosLike(leaf));
      // Kept tensors outlive the engine's scope of the forward pass; their clones live as long as the caller's scope says.
      return { value, aside: mapValues(kept, clone), gradients } as unknown as TensorContainer;
    };
    try {
      return tidy(differentiate) as unknown as ValueAndGradients<P, Aside>;
    } finally {
      for (const tensor of Object.values(kept)) tensor.dispose();
    }
  };
}

function mapValues<Aside extends Record<string, Tensor>>(aside: Aside, f: (tensor: Tensor) => Tensor): Aside {
  return Object.fromEntries(Object.entries(aside).map(([name, tensor]) => [name, f(tensor)])) as Aside;
}
