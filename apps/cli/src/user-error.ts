/** A failure that the user can mend: shown as one line, without a stack trace. Exit code 2 for a wrong call, 1 for all else. */
export class UserError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
