import { ASSET_PROCESSED, type AssetProcessedEvent, JOB_COMPLETED, JOB_FAILED, type JobEvent } from '../../contracts/events.js';
import { EventFilter } from './event-filter.js';

const asset = (path: string): AssetProcessedEvent => ({ id: '1', name: ASSET_PROCESSED, occurredAt: '', processingId: 'p', path, eventType: 'CREATE', status: 'SUCCESS', uuid: null });
const job = (path: string): JobEvent => ({
  id: '1',
  name: JOB_COMPLETED,
  occurredAt: '',
  processingId: 'p',
  type: 'ASSET_PROCESSING',
  path,
  status: 'SUCCESS',
  dryRun: false,
  createdBy: 'tester',
  counts: { total: 0, succeeded: 0, failed: 0, skipped: 0 },
  comments: '',
});

describe('EventFilter', () => {
  it('without names and prefix takes everything, save events of assets that are switched off', () => {
    expect([new EventFilter(null, null, true), new EventFilter(null, null, false)].map((filter) => [filter.wants(asset('/a')), filter.wants(job('/a'))])).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  it('takes the names that it is given', () => {
    const filter = new EventFilter([JOB_FAILED], null, true);
    expect([filter.hears(JOB_FAILED), filter.hears(JOB_COMPLETED), filter.wants(job('/a'))]).toEqual([true, false, false]);
  });

  it('takes assets at and below its prefix, and jobs whose tree overlaps it', () => {
    const filter = new EventFilter(null, '/content/dam/a', true);
    expect(['/content/dam/a', '/content/dam/a/x', '/content/dam/ab', '/content/dam'].map((path) => filter.wants(asset(path)))).toEqual([true, true, false, false]);
    expect(['/content/dam', '/content/dam/a/x', '/content/dam/b'].map((path) => filter.wants(job(path)))).toEqual([true, true, false]);
  });
});
