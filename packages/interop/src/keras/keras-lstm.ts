import { addN, zeros } from "@tensorflow/tfjs-core";
import type { LstmParams } from "@refrain/cells";
import type { Mapping } from "../contract.ts";
import { mapping } from "../mapping.ts";
import { biasesOf, readKernels, writeKernels } from "./kernels.ts";

/**
 * The weights of Keras 3's LSTM, gates i, f, c, o: kernel [input, 4 * hidden], recurrent_kernel [hidden, 4 * hidden], and with use_bias
 * bias [4 * hidden], which is loaded as the input's beside one of 0 for the hidden state, and saved as the sum of both. It is `lstm`
 * where Keras's activations are its defaults, sigmoid and tanh. Names are the ends of weights' paths; "lstm/lstm_cell/" is a prefix.
 */
export function kerasLstm(): Mapping<LstmParams> {
  return mapping<LstmParams>("kerasLstm", {
    read(reader) {
      const kernels = readKernels(reader, 4);
      const [rows] = kernels.weightInput.shape;
      return { ...kernels, ...(reader.has("bias") && { biasInput: reader.vector("bias", rows), biasHidden: zeros([rows]) }) };
    },
    write(params) {
      const biases = biasesOf("kerasLstm", params);
      return { ...writeKernels(params), ...(biases.length > 0 && { bias: addN(biases) }) };
    },
  });
}
