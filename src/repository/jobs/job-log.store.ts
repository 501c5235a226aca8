import type { AssetFailure, LogLine, LogPage } from '../../contracts/job.js';
import type { FileType } from '../../contracts/asset.js';
import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { visible } from '../../contracts/visible-text.js';
import { bulkInsert } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';

interface ChunkRow {
  first_line: number | string;
  line_count: number | string;
  text: string;
}

interface FailureRow {
  batch: number | string;
  ordinal: number | string;
  path: string;
  file_type: string;
  step: string;
  error: string;
  line: number | null;
  column_number: number | null;
}

/** Log lines in one stored chunk at the most, so that paging never unpacks more than a little. */
const CHUNK_LINES = 1000;
const CHUNKS_PER_READ = 16;
const FAILURES_PER_READ = 1000;

/**
 * The log of a job: chunks of lines with the number of their first line, so that any page is an index seek however
 * long the log (processing.md, "Logs").
 */
export class JobLogStore {
  constructor(private readonly database: Database) {}

  /**
   * Appends lines in the caller's transaction. Locks the job's progress row until that ends, so call it last:
   * whoever commits first gets the lower line numbers.
   */
  async append(processingId: string, lines: readonly LogLine[], tx: Tx): Promise<void> {
    if (lines.length === 0) return;
    await tx.execute('UPDATE guides_job_progress SET log_lines = log_lines + ? WHERE processing_id = ?', [
      lines.length,
      processingId,
    ]);
    const end = await this.lineCount(processingId, tx);
    const time = new Date().toISOString();
    const rows: (string | number)[][] = [];
    for (let i = 0; i < lines.length; i += CHUNK_LINES) {
      const chunk = lines.slice(i, i + CHUNK_LINES);
      const text = chunk.map((line) => `${time} ${line.level} ${visible(line.text)}`).join('\n');
      rows.push([processingId, end - lines.length + i, chunk.length, text]);
    }
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_job_log',
      columns: ['processing_id', 'first_line', 'line_count', 'text'],
      rows,
    });
  }

  async read(processingId: string, page: { offset: number; limit: number } | { tail: number }): Promise<LogPage> {
    const reader = this.database.reader;
    const total = await this.lineCount(processingId, reader);
    const offset = 'tail' in page ? Math.max(0, total - page.tail) : page.offset;
    const end = Math.min(total, 'tail' in page ? total : offset + page.limit);
    const lines: string[] = [];
    let next = offset;
    while (next < end) {
      const chunks = await this.chunksFrom(reader, processingId, next, end);
      if (chunks.length === 0) break;
      for (const chunk of chunks) {
        const first = Number(chunk.first_line);
        lines.push(...chunk.text.split('\n').slice(next - first, end - first));
        next = Math.min(end, first + Number(chunk.line_count));
      }
    }
    return { lines, offset, hasMore: end < total };
  }

  async *stream(processingId: string): AsyncIterable<string> {
    let next = 0;
    for (;;) {
      const chunks = await this.chunksFrom(this.database.reader, processingId, next);
      const last = chunks.at(-1);
      if (!last) return;
      for (const chunk of chunks) yield `${chunk.text}\n`;
      next = Number(last.first_line) + Number(last.line_count);
    }
  }

  async addFailures(processingId: string, batch: number, failures: readonly AssetFailure[], tx: Tx): Promise<void> {
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_job_failure',
      columns: ['processing_id', 'batch', 'ordinal', 'path', 'file_type', 'step', 'error', 'line', 'column_number'],
      rows: failures.map((f, i) => [processingId, batch, i, f.path, f.fileType, f.step, f.error, f.line, f.column]),
    });
  }

  async *streamFailures(processingId: string): AsyncIterable<AssetFailure[]> {
    let after: [number, number] = [-1, -1];
    for (;;) {
      const rows = await this.database.reader.query<FailureRow>(
        `SELECT * FROM guides_job_failure WHERE processing_id = ? AND (batch > ? OR (batch = ? AND ordinal > ?))
          ORDER BY batch, ordinal LIMIT ${FAILURES_PER_READ}`,
        [processingId, after[0], after[0], after[1]],
      );
      const last = rows.at(-1);
      if (!last) return;
      yield rows.map(toFailure);
      after = [Number(last.batch), Number(last.ordinal)];
    }
  }

  private async lineCount(processingId: string, db: SqlExecutor): Promise<number> {
    const [row] = await db.query<{ log_lines: number | string }>(
      'SELECT log_lines FROM guides_job_progress WHERE processing_id = ?',
      [processingId],
    );
    return Number(row?.log_lines ?? 0);
  }

  /** The chunk that holds line `line`, and some after it that begin before line `end`. */
  private chunksFrom(db: SqlExecutor, processingId: string, line: number, end = Number.MAX_SAFE_INTEGER): Promise<ChunkRow[]> {
    return db.query<ChunkRow>(
      `SELECT first_line, line_count, text FROM guides_job_log
        WHERE processing_id = ? AND first_line > ? AND first_line < ? AND first_line + line_count > ?
        ORDER BY first_line LIMIT ${CHUNKS_PER_READ}`,
      // No chunk is longer, so the one that holds `line` begins within this distance.
      [processingId, line - CHUNK_LINES, end, line],
    );
  }
}

function toFailure(row: FailureRow): AssetFailure {
  return {
    path: row.path,
    fileType: row.file_type as FileType,
    step: row.step,
    error: row.error,
    line: row.line,
    column: row.column_number,
  };
}
