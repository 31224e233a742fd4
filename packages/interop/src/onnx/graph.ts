import type { Tensor } from "@tensorflow/tfjs-core";
import type { onnx } from "onnx-proto";

/** The name of a value in a graph: an input, a constant, or what a node gives. "" stands for an optional input that is left out. */
export type Value = string;

/** Whole numbers, lists of them, and other numbers marked as such. */
type Attribute = number | readonly number[] | { readonly float: number };

/** An input or output of the graph: a dimension with a name may differ from run to run. */
type Port = { readonly name: Value; readonly type: "float32" | "int32"; readonly shape: readonly (number | string)[]; readonly doc: string };

/** Puts an ONNX graph together, node by node. */
export type Graph = {
  /** A parameter under its path. */
  weight(path: string, tensor: Tensor): Value;
  /** A number, or several: float32 [] or [count]. */
  floats(values: number | readonly number[]): Value;
  /** The same as int64, which shapes and axes are. */
  integers(values: number | readonly number[]): Value;
  /** What a node gives. */
  node(operator: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  /** The outputs of a node that has several. */
  nodes(operator: string, inputs: readonly Value[], outputs: number, attributes?: Readonly<Record<string, Attribute>>): readonly Value[];
  input(port: Port): Value;
  /** Makes a value an output of the graph. */
  output(port: Port, value: Value): void;
  /** All that was put in. */
  finish(name: string): onnx.IGraphProto;
};

/** Of onnx.proto: TensorProto.DataType and AttributeProto.AttributeType. */
const TYPES = { float32: 1, int32: 6, int64: 7 } as const;
const FLOAT = 1,
  INT = 2,
  INTS = 7;

/** An empty graph. */
export function graph(): Graph {
  const node: onnx.INodeProto[] = [],
    initializer: onnx.ITensorProto[] = [],
    input: onnx.IValueInfoProto[] = [],
    output: onnx.IValueInfoProto[] = [];
  const constant = (name: string, type: keyof typeof TYPES, shape: readonly number[], numbers: ArrayBufferView<ArrayBuffer>): Value => {
    const rawData = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    initializer.push({ name, dataType: TYPES[type], dims: [...shape], rawData });
    return name;
  };
  const unnamed = () => `constant.${initializer.length}`;
  const shapeOf = (values: number | readonly number[]) => (typeof values === "number" ? [] : [values.length]);
  const nodes: Graph["nodes"] = (opType, inputs, outputs, attributes = {}) => {
    const name = `${opType}.${node.length}`;
    const names = Array.from({ length: outputs }, (_, i) => (outputs === 1 ? name : `${name}.${i}`));
    node.push({ name, opType, input: [...inputs], output: names, attribute: Object.entries(attributes).map(([at, value]) => attribute(at, value)) });
    return names;
  };
  return {
    // A copy, as a tensor's numbers may move or go.
    weight: (path, tensor) => constant(path, "float32", tensor.shape, new Float32Array(tensor.dataSync<"float32">())),
    floats: (values) => constant(unnamed(), "float32", shapeOf(values), Float32Array.from([values].flat())),
    integers: (values) => constant(unnamed(), "int64", shapeOf(values), BigInt64Array.from([values].flat(), BigInt)),
    nodes,
    node: (operator, inputs, attributes) => nodes(operator, inputs, 1, attributes)[0] as Value,
    input(port) {
      input.push(described(port));
      return port.name;
    },
    output(port, value) {
      output.push(described(port));
      node.push({ name: `Identity.${node.length}`, opType: "Identity", input: [value], output: [port.name] });
    },
    finish: (name) => ({ name, node, initializer, input, output }),
  };
}

function attribute(name: string, value: Attribute): onnx.IAttributeProto {
  if (typeof value === "number") return { name, type: INT, i: value };
  if ("float" in value) return { name, type: FLOAT, f: value.float };
  return { name, type: INTS, ints: [...value] };
}

function described({ name, type, shape, doc }: Port): onnx.IValueInfoProto {
  const dim = shape.map((extent) => (typeof extent === "number" ? { dimValue: extent } : { dimParam: extent }));
  return { name, docString: doc, type: { tensorType: { elemType: TYPES[type], shape: { dim } } } };
}
