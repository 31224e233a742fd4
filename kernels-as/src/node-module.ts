/**
 * One of Node's own modules, which Deno and Bun have too. Named so that no bundler looks for it where it is not: it is asked for in Node alone.
 */
export const nodeModule = <Module>(name: string): Promise<Module> => import(/* @vite-ignore */ /* webpackIgnore: true */ `node:${name}`) as Promise<Module>;
