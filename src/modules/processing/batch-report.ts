import { BROKEN_STATUSES } from '../../contracts/asset.js';
import type { AssetFailure, BatchOutcome, LogLine } from '../../contracts/job.js';
import { outcomeOf, type ProcessedAsset } from './asset-results.js';

/** An asset that could not be brought into the database, or was left for later. */
export interface Refusal {
  step: string;
  message: string;
}

/** Collects what a batch has to say: counts, log lines, failures, times. */
export class BatchReport {
  private readonly outcome: BatchOutcome = {
    succeeded: 0,
    failed: 0,
    skipped: 0,
    elapsedMs: 0,
    typeCounts: {},
    typeElapsedMs: {},
    lines: [],
    failures: [],
  };

  /** The asset's own result is committed. */
  done(asset: ProcessedAsset): void {
    const { facts, refs } = asset.result.extraction;
    this.count(asset);
    for (const warning of facts.warnings) this.line('WARN', `${asset.ref.path}: ${warning}`);
    // Those that the file alone tells; the reference phase counts the others.
    const broken = refs.filter(({ status }) => status !== null && BROKEN_STATUSES.includes(status)).length;
    if (broken > 0) this.line('WARN', `${asset.ref.path}: ${broken} broken reference(s)`);
    if (outcomeOf(asset.result) === 'SUCCESS') {
      this.outcome.succeeded++;
      const found = asset.result.output ? '' : `, ${refs.length} references`;
      this.line('INFO', `${asset.ref.path} SUCCESS ${facts.fileType}${found}`);
      return;
    }
    const { error } = facts;
    this.fail(asset, {
      step: asset.result.failedStep ?? 'parse',
      error: error ? `${error.code}: ${error.message}` : 'Unknown error.',
      line: error?.line ?? null,
      column: error?.column ?? null,
    });
  }

  /** Nothing of the asset could be stored. */
  refused(asset: ProcessedAsset, refusal: Refusal): void {
    this.count(asset);
    this.fail(asset, { step: refusal.step, error: refusal.message, line: null, column: null });
  }

  skipped(asset: ProcessedAsset, reason: string): void {
    this.count(asset);
    this.outcome.skipped++;
    this.line('WARN', `${asset.ref.path} SKIPPED ${reason}`);
  }

  finish(elapsedMs: number): BatchOutcome {
    return { ...this.outcome, elapsedMs };
  }

  private count(asset: ProcessedAsset): void {
    const type = asset.result.extraction.facts.fileType;
    const { typeCounts, typeElapsedMs } = this.outcome;
    typeCounts[type] = (typeCounts[type] ?? 0) + 1;
    typeElapsedMs[type] = (typeElapsedMs[type] ?? 0) + asset.result.elapsedMs;
  }

  private fail(asset: ProcessedAsset, failure: Omit<AssetFailure, 'path' | 'fileType'>): void {
    this.outcome.failed++;
    this.outcome.failures.push({ path: asset.ref.path, fileType: asset.result.extraction.facts.fileType, ...failure });
    const place = failure.line === null ? '' : ` (line ${failure.line}${failure.column === null ? '' : `, column ${failure.column}`})`;
    this.line('ERROR', `${asset.ref.path} FAILED ${failure.step}: ${failure.error}${place}`);
  }

  private line(level: LogLine['level'], text: string): void {
    this.outcome.lines.push({ level, text });
  }
}
