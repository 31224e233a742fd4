/** What an operation over one number is called, in the order of the kernel's codes. */
export const UNARY = ["exp", "sigmoid", "tanh", "relu", "neg", "abs", "square", "sqrt", "rsqrt", "reciprocal", "step", "erf"] as const;

/** What an operation over two numbers is called, in the order of the kernel's codes. */
export const BINARY = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "squaredDifference"] as const;
