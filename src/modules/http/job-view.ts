import type { Job } from '../../contracts/job.js';
import type { JobSnapshot } from '../../contracts/processing-api.js';

/** The status object, its fields in the order of http-api.md, "GET /assets/process/status". */
export function statusOf({ job, etaSeconds }: JobSnapshot) {
  const active = job.status === 'WAITING' || job.status === 'IN_PROGRESS';
  const { total, succeeded, failed, skipped } = job.counts;
  return {
    processingId: job.processingId,
    path: job.path,
    excludedPaths: job.excludedPaths,
    status: job.status,
    triggeredCount: succeeded + failed + skipped,
    startedAt: job.startedAtMs,
    completedAt: job.completedAtMs,
    hasLogs: job.hasLogs,
    createdBy: job.createdBy,
    type: job.type,
    migrationSet: { totalFiles: total, calculationStatus: job.calculationStatus },
    eta: { value: etaSeconds, unit: 'SECONDS' },
    comments: job.comments,
    filter: filterOf(job),
    restartable: !active,
    resumable: job.status === 'FAILED' || job.status === 'CANCELLED',
    cancellable: active,
    succeededCount: succeeded,
    failedCount: failed,
    skippedCount: skipped,
  };
}

export type StatusView = ReturnType<typeof statusOf>;

function filterOf({ filter: { fileTypes, startTime, endTime, filterProcessedAssets } }: Job) {
  return {
    fileTypes,
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
    filterProcessedAssets,
  };
}
