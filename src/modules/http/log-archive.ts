import type { Readable } from 'node:stream';
import ZipStream from 'zip-stream';
import type { AssetFailure } from '../../contracts/job.js';
import { csvRow } from './csv.js';
import { bytesOf } from './response-stream.js';

const FAILURES_NAME = 'failures.csv';
const FAILURE_COLUMNS = ['path', 'fileType', 'step', 'error', 'line', 'column'] as const;

/** Names of the files in the archive of a job's log, in order. */
export function archiveNames(processingId: string): string[] {
  return [`${processingId}.log`, FAILURES_NAME];
}

/** A ZIP of the job's log and failures, made while it is read: memory does not grow with either. */
export function logArchive(processingId: string, log: AsyncIterable<string>, failures: AsyncIterable<AssetFailure[]>): Readable {
  const [logName = '', failuresName = ''] = archiveNames(processingId);
  const zip = new ZipStream();
  const logBytes = bytesOf(log, (text) => text);
  zip.once('close', () => logBytes.destroy());
  append(zip, logName, logBytes)
    .then(async () => {
      const failureBytes = bytesOf(csvText(failures), (text) => text);
      zip.once('close', () => failureBytes.destroy());
      await append(zip, failuresName, failureBytes);
      zip.finalize();
    })
    .catch((error: unknown) => zip.destroy(error instanceof Error ? error : new Error(String(error))));
  return zip;
}

async function* csvText(failures: AsyncIterable<AssetFailure[]>): AsyncGenerator<string> {
  yield csvRow(FAILURE_COLUMNS);
  for await (const portion of failures) {
    yield portion.map((failure) => csvRow(FAILURE_COLUMNS.map((column) => failure[column]))).join('');
  }
}

function append(zip: ZipStream, name: string, content: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.entry(content, { name }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
