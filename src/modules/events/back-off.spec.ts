import { backOffMs } from './back-off.js';
import { retryAfterMs } from './retry-after.js';

describe('the delay before the next try', () => {
  const settings = { retryDelayMs: 1000, maxRetryDelayMs: 60_000 };

  it('doubles up to its bound, less a random part of up to a half', () => {
    expect([1, 2, 3, 6, 7, 8, 1000].map((failures) => backOffMs(failures, settings, () => 1))).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000]);
    expect(backOffMs(3, settings, () => 0)).toBe(2000);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each<[string | null, number | null]>([
    [null, null],
    ['', null],
    ['soon', null],
    ['7', 7000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['86400', 3_600_000],
  ])('%j is %j ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
