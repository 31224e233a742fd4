// Tensors of two backends of one kind. TensorFlow.js has two such specs, and keeps them to the backend named "cpu" because one had to
// be there, though they hold for any: these are their like for the backend under test.
import * as tf from "@tensorflow/tfjs-core";
import { describeWithFlags } from "@tensorflow/tfjs-core/dist/jasmine_util";

const NAMES = ["first", "second"];

describeWithFlags("Switching backends of one kind", { predicate: ({ backendName }) => backendName !== "cpu" }, ({ backendName }) => {
  beforeEach(async () => {
    for (const name of NAMES) {
      tf.registerBackend(name, tf.findBackendFactory(backendName));
      tf.registerKernel({ ...tf.getKernel("Add", backendName), backendName: name });
      await tf.setBackend(name);
    }
  });

  afterEach(() => {
    for (const name of NAMES) {
      tf.removeBackend(name);
      tf.unregisterKernel("Add", name);
    }
  });

  /** A number in each backend. */
  async function numbers() {
    await tf.setBackend("first");
    const a = tf.scalar(5);
    await tf.setBackend("second");
    return [a, tf.scalar(3)];
  }

  it("reads tensors where they are, whichever backend is in use", async () => {
    const [a, b] = await numbers();
    expect(tf.memory()).toEqual(jasmine.objectContaining({ numDataBuffers: 2, numTensors: 2, numBytes: 8 }));
    for (const name of NAMES) {
      await tf.setBackend(name);
      expect([...(await a.data()), ...(await b.data())]).toEqual([5, 3]);
    }
    tf.dispose([a, b]);
    expect(tf.memory()).toEqual(jasmine.objectContaining({ numDataBuffers: 0, numTensors: 0, numBytes: 0 }));
  });

  it("computes with tensors of both", async () => {
    const [a, b] = await numbers();
    for (const name of NAMES) {
      await tf.setBackend(name);
      const sum = tf.add(a, b);
      expect([...(await sum.data())]).toEqual([8]);
      sum.dispose();
    }
    tf.dispose([a, b]);
  });
});
