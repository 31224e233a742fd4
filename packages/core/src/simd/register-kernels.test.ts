import { getKernel, getKernelsForBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../use-backend.ts";

/** Those with code of our own. */
const OURS = [
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "Maximum",
  "Minimum",
  "SquaredDifference",
  "Exp",
  "Sigmoid",
  "Tanh",
  "Relu",
  "Neg",
  "Abs",
  "Square",
  "Sqrt",
  "Rsqrt",
  "Reciprocal",
  "Step",
  "Erf",
  "PadV2",
  "Pack",
  "Concat",
  "Unpack",
  "SplitV",
  "Slice",
  "BatchMatMul",
  "_FusedMatMul",
  "Sum",
  "Max",
  "Mean",
  "ArgMax",
  "Softmax",
  "GatherV2",
  "UnsortedSegmentSum",
  "Transpose",
  "Cast",
];

describe("the kernels of simd", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("cover every operation that the CPU backend has", () => {
    const names = (backend: string) => (getKernelsForBackend(backend) ?? []).map(({ kernelName }) => kernelName).sort();
    expect(names("simd")).toEqual(names("cpu"));
    expect(names("simd").length).toBeGreaterThan(100);
  });

  it("are our own where a user's time goes, and the CPU backend's for the rest", () => {
    const own = getKernelsForBackend("simd").filter(({ kernelName, kernelFunc }) => kernelFunc !== getKernel(kernelName, "cpu").kernelFunc);
    expect(own.map(({ kernelName }) => kernelName).sort()).toEqual(OURS.toSorted());
  });
});
