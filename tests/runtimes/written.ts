/** The tokens that a runtime wrote, and the build and threads of the kernels that it wrote them with. */
export type Written = { readonly kernels: string; readonly tokens: readonly number[] };
