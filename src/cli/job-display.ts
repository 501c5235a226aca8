import type { JobStatusView } from './service-client.js';
import { fields, shownDuration, shownTime, table } from './terminal.js';

export function isActive(job: JobStatusView): boolean {
  return job.status === 'WAITING' || job.status === 'IN_PROGRESS';
}

/** One job, for people. */
export function jobFields(job: JobStatusView): string {
  const { totalFiles, calculationStatus } = job.migrationSet;
  const counting = calculationStatus === 'SUCCESS' || !isActive(job) ? '' : ' (still counting)';
  return fields([
    ['job', job.processingId],
    ['path', job.path],
    ['type', job.type],
    ['status', job.status],
    ['processed', `${job.triggeredCount} of ${totalFiles}${counting}`],
    ['succeeded', String(job.succeededCount)],
    ['failed', String(job.failedCount)],
    ['skipped', String(job.skippedCount)],
    ['started', `${shownTime(job.startedAt)} by ${job.createdBy}`],
    ['ended', shownTime(job.completedAt)],
    ...(job.completedAt > 0 && job.startedAt > 0 ? [['took', shownDuration(job.completedAt - job.startedAt)] as const] : []),
    ...(job.eta.value > 0 ? [['time left', shownDuration(job.eta.value * 1000)] as const] : []),
    ...(job.comments === '' ? [] : [['comments', job.comments] as const]),
  ]);
}

/** Jobs as a table, in the order given. */
export function jobTable(jobs: readonly JobStatusView[]): string {
  return table([
    ['JOB', 'STATUS', 'DONE', 'FAILED', 'STARTED', 'TOOK', 'BY', 'PATH'],
    ...jobs.map((job) => [
      job.processingId,
      job.status,
      `${job.triggeredCount}/${job.migrationSet.totalFiles}`,
      String(job.failedCount),
      shownTime(job.startedAt),
      job.completedAt > 0 && job.startedAt > 0 ? shownDuration(job.completedAt - job.startedAt) : '-',
      job.createdBy,
      job.path,
    ]),
  ]);
}

/** What stands behind the bar of a job. */
export function progressText(job: JobStatusView): string {
  const { totalFiles } = job.migrationSet;
  const failed = job.failedCount > 0 ? `, ${job.failedCount} failed` : '';
  const eta = job.eta.value > 0 ? `, ${shownDuration(job.eta.value * 1000)} left` : '';
  return `${job.status} ${job.triggeredCount} of ${totalFiles}${failed}${eta}`;
}
