import type { BatchRate } from '../../contracts/job.js';
import { etaSeconds } from './eta.js';

const rate = (committedAtMs: number, types: BatchRate['typeCounts'], spent: BatchRate['typeElapsedMs'], elapsedMs = 1000): BatchRate => ({
  committedAtMs,
  elapsedMs,
  typeCounts: types,
  typeElapsedMs: spent,
});

describe('ETA', () => {
  it('is 0 until a batch has committed, and when nothing is left', () => {
    expect(etaSeconds({ recent: [], remaining: { DITATOPIC: 100 } })).toBe(0);
    expect(etaSeconds({ recent: [rate(5000, { DITATOPIC: 100 }, { DITATOPIC: 900 })], remaining: {} })).toBe(0);
  });

  it('takes the wall time of the last batches, not the sum of their own times', () => {
    // Two batches of 100 assets, both begun at 4000 and committed at 5000: 200 assets a second.
    const recent = [rate(5000, { DITATOPIC: 100 }, { DITATOPIC: 900 }), rate(5000, { DITATOPIC: 100 }, { DITATOPIC: 900 })];
    expect(etaSeconds({ recent, remaining: { DITATOPIC: 2000 } })).toBe(10);
  });

  it('weighs the types by what each costs', () => {
    const recent = [rate(5000, { DITATOPIC: 90, OTHERS: 10 }, { DITATOPIC: 900, OTHERS: 100 })];
    expect(etaSeconds({ recent, remaining: { DITATOPIC: 100 } })).toBe(1);
    const slowImages = [rate(5000, { DITATOPIC: 50, OTHERS: 1 }, { DITATOPIC: 50, OTHERS: 950 })];
    expect(etaSeconds({ recent: slowImages, remaining: { OTHERS: 100 } })).toBe(95);
    expect(etaSeconds({ recent: slowImages, remaining: { DITATOPIC: 100 } })).toBe(1);
  });

  it('is finite when the steps took no measurable time or the clock went back', () => {
    expect(etaSeconds({ recent: [rate(5000, { OTHERS: 10 }, { OTHERS: 0 })], remaining: { OTHERS: 100 } })).toBe(10);
    const back = [rate(1000, { OTHERS: 10 }, { OTHERS: 10 }), rate(9000, { OTHERS: 10 }, { OTHERS: 10 })];
    expect(etaSeconds({ recent: back, remaining: { OTHERS: 10 } })).toBeGreaterThanOrEqual(0);
  });
});
