import { JOB_STATUSES } from '../../../contracts/job.js';
import { fileTypes, id, path, time } from './fields.js';
import { FINDING_SCHEMAS } from './finding-schemas.js';
import { flag, list, object, oneOf, ref, type Schema, text, whole } from './schema.js';

/** One text may hold several, comma-separated. */
const paths = (description: string): Schema => ({ oneOf: [list(text()), text()], description });
const jobId = id('Of the question, for `GET /assets/status`.');
const filterProcessedAssets = flag('Leaves out what has not changed since it was last processed successfully by this version.');
const startTime = { ...time, description: 'Created at this time or later. Epoch milliseconds.' };
const endTime = { ...time, description: 'Created at this time or before. Epoch milliseconds.' };

/** Every shape that goes over the wire (http-api.md), by name. */
export const SCHEMAS: Record<string, Schema> = {
  Error: object(
    {
      statusCode: oneOf([400, 401, 403, 413, 429, 500], 'That of the answer.'),
      error: text('What that code is called.'),
      message: text('One clear sentence.'),
      'details?': list(text(), 'When several fields are wrong.'),
      'processingId?': id('The job that stands in the way of a new one.'),
      'errorId?': id("Stands in the service's log too."),
    },
    'Every error has this shape.',
  ),
  StartRequest: object({
    path: text('Absolute repository path of a folder or of one asset.'),
    type: text('`ASSET_PROCESSING`, or a type that the host registered.'),
    'excludedPaths?': paths('Folders and assets left out with all below them. A missing leading `/` is supplied; a single string may hold several, comma-separated.'),
    'filter?': object(
      {
        'fileTypes?': { oneOf: [fileTypes, text()], description: 'A single string may hold several, comma-separated. Empty: all.' },
        'startTime?': startTime,
        'endTime?': endTime,
        'filterProcessedAssets?': filterProcessedAssets,
      },
      'Which of the assets are processed. In a form: `filter.fileTypes=…` or `filter[fileTypes]=…`.',
    ),
    'dryRun?': flag('Counts, by the types that names suggest, and processes nothing.'),
  }),
  JobReference: object({ processingId: id('Of the new job.') }),
  JobStatus: object({
    processingId: id('Of the job.'),
    path,
    excludedPaths: list(text(), 'Left out with all below them.'),
    status: oneOf(JOB_STATUSES, 'The last three are ends; a resume brings FAILED or CANCELLED back to WAITING.'),
    triggeredCount: whole('Assets whose processing is committed: succeeded, failed and skipped.'),
    startedAt: { ...time, description: 'Epoch milliseconds; 0 until it starts.' },
    completedAt: { ...time, description: 'Epoch milliseconds; 0 until it ends.' },
    hasLogs: flag('There are lines to be read.'),
    createdBy: text('The user, or `System` for the schedule.'),
    type: text('`ASSET_PROCESSING`, or a type that the host registered.'),
    migrationSet: object(
      {
        totalFiles: whole('Assets of the job; final once they are counted.'),
        calculationStatus: oneOf(['WAITING', 'IN_PROGRESS', 'SUCCESS', 'FAILED'], 'How far the counting is.'),
      },
      'What there is to process.',
    ),
    eta: object({ value: whole('From the recent rate; 0 before there is one, and after the end.'), unit: oneOf(['SECONDS'], 'Of the value.') }, 'Time until the end.'),
    comments: text('How it ended, in words.'),
    filter: object(
      { fileTypes, 'startTime?': startTime, 'endTime?': endTime, filterProcessedAssets },
      'As it was asked for.',
    ),
    restartable: flag('It is over: a new job can be started with the same request.'),
    resumable: flag('It is FAILED or CANCELLED and can go on from its last checkpoint.'),
    cancellable: flag('It is WAITING or IN_PROGRESS.'),
    succeededCount: whole('Assets that were processed.'),
    failedCount: whole('Assets that could not be; the log says why.'),
    skippedCount: whole('Assets that were left out.'),
  }),
  JobHistory: object({ executionHistory: list(ref('JobStatus'), 'Newest first.') }),
  LogPage: object({
    lines: list(text(), 'Time, level, and for an asset its path, SUCCESS, FAILED or SKIPPED, and the detail.'),
    limit: whole('Lines that were asked for.'),
    offset: whole('Lines before the first of these.'),
    hasMore: flag('There are lines after the last of these.'),
  }),
  LogFiles: object({ logFilePaths: list(text(), 'Names of the files in the archive.') }),
  StatusQuestion: {
    ...object({ 'path?': path, 'paths?': paths('Assets, and folders with all below them.'), 'excludedPaths?': paths('Left out with all below them.') }),
    description: 'Exactly one of `path` and `paths`.',
  },
  StatusJob: object({ jobId, status: oneOf(['WAITING'], 'The list can be read at once all the same.') }),
  AssetStates: object({
    jobId,
    status: oneOf(['WAITING', 'IN_PROGRESS', 'SUCCESS', 'FAILED'], 'Of the question.'),
    assets: list(
      object({
        path,
        uuid: text('`GUID-…`; empty before the first processing.'),
        status: oneOf(['SUCCESS', 'FAILURE', 'PROCESSING', 'PENDING'], 'PROCESSING: an active job has yet to come to it. PENDING: new or changed, and no job is about it.'),
        exists: flag('False for a path that was asked for and is not there.'),
      }),
      'In path order.',
    ),
    offset: whole('Assets before the first of these.'),
    hasMore: flag('There are assets after the last of these.'),
    ...FINDING_SCHEMAS.page,
  }),
  SystemStatus: object({
    isDatabase: flag('`/content/dam` is served by the database provider.'),
    databaseConnectionCheck: oneOf(['passed', 'failed'], 'failed: the database has not answered within 2 s.'),
  }),
  Health: object({ status: oneOf(['ok'], 'All is well; what is not is an error.') }),
  ...FINDING_SCHEMAS.byName,
};
