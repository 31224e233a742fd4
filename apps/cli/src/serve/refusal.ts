type Details = {
  /** OpenAI's kinds of errors: "invalid_request_error" unless the fault is the server's. */
  readonly type?: string;
  /** A name of the mistake for programs. */
  readonly code?: string;
  /** The field that is wrong. */
  readonly param?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A request that is not done, and why: an HTTP status, and an error in OpenAI's shape. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #details: Details;

  constructor(status: number, message: string, details: Details = {}) {
    super(message);
    this.status = status;
    this.headers = details.headers ?? {};
    this.#details = details;
  }

  /** What is told of any error: of those that were not foreseen, no more than that they happened. */
  static of(error: unknown): Refusal {
    return error instanceof Refusal ? error : new Refusal(500, "The server failed. Its operator can find out why.");
  }

  /** What is told of every new request while the service stops. */
  static stopping(): Refusal {
    return new Refusal(503, "The server is stopping. Ask again later.", { code: "stopping", headers: { Connection: "close" } });
  }

  /** The body of the answer. */
  toJSON(): { readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string | null } } {
    const { type = this.status < 500 ? "invalid_request_error" : "server_error", code = null, param = null } = this.#details;
    return { error: { message: this.message, type, param, code } };
  }

  response(): Response {
    return Response.json(this, { status: this.status, headers: this.headers });
  }
}
