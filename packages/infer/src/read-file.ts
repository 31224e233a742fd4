/** Named so that no bundler looks for it where there is none. */
const nodeModule = (name: string) => import(/* @vite-ignore */ /* webpackIgnore: true */ `node:${name}`) as Promise<typeof import("node:fs/promises")>;

/** A file's bytes: Node's `fetch` takes no addresses of files. Deno and Bun have Node's module, too. */
export async function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const { readFile: read } = await nodeModule("fs/promises");
  return new Uint8Array(await read(url));
}
