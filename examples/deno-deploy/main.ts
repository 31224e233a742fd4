import { loadCharRnn } from "@refrain/infer";
import { lyrics } from "./lyrics.ts";

// Loaded once; each request reads and writes in a session of its own.
const model = await loadCharRnn(new URL("model.safetensors", import.meta.url));

Deno.serve(lyrics(model));
