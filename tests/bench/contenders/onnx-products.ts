import proto, { type onnx } from "onnx-proto";

/** An ONNX model of products of square matrices in a row: a b b … b. No b is a constant, so that it is packed anew for each, as ours is. */
export function onnxProducts(size: number, products: number): Uint8Array {
  const product = (i: number) => (i < 0 ? "a" : `product.${i}`);
  const port = (name: string): onnx.IValueInfoProto => ({
    name,
    type: { tensorType: { elemType: proto.onnx.TensorProto.DataType.FLOAT, shape: { dim: [{ dimValue: size }, { dimValue: size }] } } },
  });
  const node = Array.from({ length: products }, (_, i) => ({ opType: "MatMul", name: product(i), input: [product(i - 1), "b"], output: [product(i)] }));
  const graph = { name: "products", node, input: [port("a"), port("b")], output: [port(product(products - 1))] };
  return proto.onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: "", version: 17 }], graph }).finish();
}
