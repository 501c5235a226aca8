/** What the process ends with. */
export const EXIT = {
  ok: 0,
  /** It was tried and did not succeed: a job that FAILED, a service that broke. */
  failed: 1,
  /** Nothing was done: wrong usage, or a request that was refused or reached nobody. */
  refused: 2,
  /** Ctrl-C, as shells count it. */
  interrupted: 130,
} as const;

/** An end that was foreseen: one sentence for stderr, and the exit code. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.refused,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CliError';
  }
}
