/** What happens in a service: an answer begins, a text ends. Neither tells what was asked or written. */
export type ServiceEvent =
  | { readonly event: "request"; readonly method: string; readonly path: string; readonly status: number; readonly seconds: number }
  | {
      readonly event: "text";
      /** Tokens of the prompt, and of the text. */
      readonly read: number;
      readonly written: number;
      readonly seconds: number;
    }
  | { readonly event: "failure"; readonly error: Error };
