import { add, erf, mul, tanh, type Tensor } from "@tensorflow/tfjs-core";
import { fusedGelu } from "../fused/fused-gelu.ts";

/**
 * The Gaussian error linear unit (Hendrycks and Gimpel 2016): x Phi(x), Phi being the normal distribution. `approximate: "tanh"` is the
 * paper's 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), as GPT-2 computed it.
 */
export function gelu(x: Tensor, { approximate = "none" }: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  return fusedGelu(x, approximate === "tanh") ?? mul(mul(x, 0.5), add(approximate === "tanh" ? tanh(bent(x)) : erf(mul(x, Math.SQRT1_2)), 1));
}

function bent(x: Tensor): Tensor {
  const scale = Math.sqrt(2 / Math.PI);
  return mul(x, add(mul(mul(x, x), 0.044715 * scale), scale));
}
