// Trains a moment and prints what came of it: the same numbers on every runtime, or gradients do not work there.
import { disposeTree, key, useBackend, valueAndGrad } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { charRnn } from "@refrain/models";
import { mul, sub, sum, tensor1d, tensor2d } from "@tensorflow/tfjs-core";

for (const backend of ["simd", "cpu"]) {
  await useBackend(backend);
  const { gradients } = valueAndGrad(({ x }) => sum(mul(mul(x, x), x)))({ x: tensor1d([1, 2, 3]) });
  console.log(backend, "d sum(x^3) / dx =", [...gradients.x.dataSync()].join(" "));
  const model = charRnn({ cell: "lstm", vocabulary: 5, embedding: 4, hidden: 6, layers: 1 });
  let params = model.init(key(1));
  const tokens = tensor2d([1, 2, 3, 4, 1, 2], [1, 6], "int32"),
    labels = tensor2d([2, 3, 4, 1, 2, 3], [1, 6], "int32");
  const objective = valueAndGrad((p) => crossEntropy(model.apply(p, { tokens }).logits, labels));
  for (let step = 0; step < 30; step++) {
    const { value, gradients } = objective(params);
    if (step % 29 === 0) console.log(backend, "loss", value.dataSync()[0].toFixed(3));
    const walk = (p, g) =>
      p.dataSync
        ? sub(p, mul(g, 0.5))
        : Array.isArray(p)
          ? p.map((child, i) => walk(child, g[i]))
          : Object.fromEntries(Object.entries(p).map(([name, child]) => [name, walk(child, g[name])]));
    params = walk(params, gradients);
    disposeTree(gradients);
  }
}
