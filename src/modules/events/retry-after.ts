/** Longest time that a receiver is left alone because it says so. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/** Milliseconds of a `Retry-After` header, in seconds or as a date; null where there is none that can be read. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const value = header.trim();
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}
