import type { Tensor } from "@tensorflow/tfjs-core";

/** Tensors by name, as core's `loadTensors` gives those of a safetensors file. */
export type NamedTensors = ReadonlyMap<string, Tensor>;

/**
 * How the parameters of a layer stand in another framework's files, both ways. What either function is given stays the caller's,
 * untouched; what it gives are new tensors, the caller's as well: dispose of both.
 */
export type Mapping<P> = {
  /**
   * Parameters from the tensors whose names start with `prefix` ("decoder.lstm."); from all by default.
   *
   * @throws {Error} naming every tensor that is missing, that belongs to no parameter, or whose shape does not go with the others.
   */
  load(tensors: NamedTensors, prefix?: string): P;
  /**
   * The tensors by their names in the other framework, `prefix` before each: a tree, ready for core's `storeTensors`.
   *
   * @throws {Error} when the parameters have parts that the other framework's layer has not.
   */
  save(params: P, prefix?: string): Readonly<Record<string, Tensor>>;
};
