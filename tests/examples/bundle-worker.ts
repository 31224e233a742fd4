import { build, type Plugin } from "esbuild";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** What a Worker is deployed as: its JavaScript, and what that imports as `Data` and `CompiledWasm`. */
export type WorkerBundle = { readonly code: string; readonly modules: readonly { readonly name: string; readonly contents: Uint8Array<ArrayBuffer> }[] };

/**
 * Bundles a Worker as wrangler does, minified: `.wasm` and `.safetensors` are modules of their own, which the JavaScript imports.
 *
 * @param weights the model files that it imports, by their names: none is read from beside it
 */
export async function bundleWorker(entry: string, weights: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {}): Promise<WorkerBundle> {
  const modules = new Map<string, Uint8Array<ArrayBuffer>>();
  const besides: Plugin = {
    name: "modules beside the code",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /\.safetensors$/ }, ({ path }) => {
        const name = basename(path);
        const bytes = weights[name];
        if (!bytes) return { errors: [{ text: `the bytes of ${name} were not given` }] };
        modules.set(name, bytes);
        return { path: `./${name}`, external: true };
      });
      onResolve({ filter: /\.wasm$/ }, async ({ path, kind, resolveDir, pluginData }) => {
        if (pluginData === besides) return undefined;
        const found = await resolve(path, { kind, resolveDir, pluginData: besides });
        if (found.errors.length > 0) return found;
        const name = basename(found.path);
        modules.set(name, new Uint8Array(readFileSync(found.path)));
        return { path: `./${name}`, external: true };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    plugins: [besides],
    write: false,
    logLevel: "error",
  });
  return { code: outputFiles[0]?.text ?? "", modules: [...modules].map(([name, contents]) => ({ name, contents })) };
}
