/** Errors that a user can mend: shown as one line without a stack trace. */

/** A mistake in what the user gave: a config, a file, a flag. `exitCode` 2 is usage, 1 is any other failure. */
export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}
