/** Why a piece of the host's work on one asset was given up. */
export class WorkTimeError extends Error {}

/**
 * What `work` resolves to. Work that does not heed its signal is left to itself when its time is over.
 * @throws WorkTimeError after `maxMs`; the reason of `signal` when aborted; what `work` throws.
 */
export async function withinTime<T>(work: (signal: AbortSignal) => T | Promise<T>, maxMs: number, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new WorkTimeError(`It took longer than ${maxMs} ms.`)), maxMs);
  const either = AbortSignal.any([signal, over.signal]);
  try {
    const aborted = new Promise<never>((_, reject) => {
      either.addEventListener('abort', () => reject(either.reason as Error), { once: true });
    });
    // Work that throws at once must not leave `aborted` without anybody who hears it.
    return await Promise.race([(async () => work(either))(), aborted]);
  } finally {
    clearTimeout(timer);
  }
}
