// The Worker of the example, which besides tells at /counts how many tokens its model has read, and how many of its sessions are open.
import { charRnnFrom, type LanguageModel } from "@refrain/infer/edge";
import kernels from "@refrain/infer/relaxed.wasm";
import { lyrics } from "../../examples/worker/src/lyrics.ts";
import weights from "./model.safetensors";

const model = charRnnFrom(weights, { module: kernels });
let read = 0,
  open = 0;
const counted: LanguageModel = {
  ...model,
  session() {
    const session = model.session();
    open++;
    return {
      ...session,
      feed(token) {
        read++;
        return session.feed(token);
      },
      dispose() {
        open--;
        session.dispose();
      },
    };
  },
};
const answer = lyrics(counted);

export default { fetch: (request: Request) => (new URL(request.url).pathname === "/counts" ? Response.json({ read, open }) : answer(request)) };
