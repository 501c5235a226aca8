/** When something that failed is tried again. */
export interface RetrySettings {
  /** Delay before the second try; doubles with each further one. */
  retryDelayMs: number;
  maxRetryDelayMs: number;
}

/** Milliseconds after the `failures`th failure in a row: exponential, with jitter, so that many do not come back at one moment. */
export function backOffMs(failures: number, { retryDelayMs, maxRetryDelayMs }: RetrySettings, random: () => number = Math.random): number {
  const full = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** Math.min(failures - 1, 40));
  return Math.round(full * (0.5 + 0.5 * random()));
}
