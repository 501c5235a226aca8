import { CronJobs } from './cron-jobs.js';

const MINUTE_MS = 60_000;

describe('cron jobs', () => {
  beforeEach(() => jest.useFakeTimers({ now: new Date(2026, 0, 1, 12, 1) }));
  afterEach(() => jest.useRealTimers());

  it('tick when it is time, and no more once they are stopped', async () => {
    const jobs = new CronJobs();
    const ticks: number[] = [];
    jobs.start('*/15 * * * *', () => Promise.resolve(void ticks.push(new Date().getMinutes())));
    await jest.advanceTimersByTimeAsync(30 * MINUTE_MS);
    expect(ticks).toEqual([15, 30]);
    jobs.stop();
    await jest.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(ticks).toEqual([15, 30]);
  });

  it('are refused where the expression cannot be read', () => {
    expect(() => new CronJobs().start('every day', () => Promise.resolve())).toThrow();
  });
});
