// Backends that are imported only when asked for, and only for what they register.
declare module "@tensorflow/tfjs-backend-webgpu";
declare module "@tensorflow/tfjs-backend-webgl";
declare module "@tensorflow/tfjs-backend-wasm";
