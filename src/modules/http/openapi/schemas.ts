import { EXTRACTION_ERROR_CODES, FILE_TYPES, REFERENCE_STATUSES } from '../../../contracts/asset.js';
import { JOB_STATUSES } from '../../../contracts/job.js';
import { KEY_STATUSES } from '../../../contracts/key-space.js';
import { flag, list, object, oneOf, orNull, ref, type Schema, text, whole } from './schema.js';

const path = text('Absolute repository path.');
const id: Schema = { type: 'string', format: 'uuid' };
const time = whole('Epoch milliseconds.');
const line = whole('1-based.', { minimum: 1 });
const fileTypes = list(oneOf(FILE_TYPES), 'Empty: all.');
/** One text may hold several, comma-separated. */
const paths = (description: string): Schema => ({ oneOf: [list(text()), text()], description });

const referenceStatus = orNull(oneOf(REFERENCE_STATUSES, 'null: not looked up yet.'));
const keyStatus = orNull(oneOf(KEY_STATUSES));

const reference = {
  kind: text(),
  element: text(),
  attribute: text(),
  raw: text('The value as it stands in the document.'),
  scope: orNull(text()),
  format: orNull(text()),
  target: orNull(text('Absolute repository path; null where the reference names none.')),
  fragment: orNull(text()),
  status: referenceStatus,
  key: orNull(text()),
  keyElement: orNull(text()),
  defaulted: list(text(), 'What of scope and format is inherited or supplied.'),
  line,
};

const page = { limit: whole(), next: orNull(text('To be sent as `after` for the following page; null at the end.')) };

/** Every shape that goes over the wire (http-api.md), by name. */
export const SCHEMAS: Record<string, Schema> = {
  Error: object(
    {
      statusCode: oneOf([400, 401, 403, 413, 429, 500]),
      error: text(),
      message: text('One clear sentence.'),
      'details?': list(text(), 'When several fields are wrong.'),
      'processingId?': { ...id, description: 'The job that stands in the way of a new one.' },
      'errorId?': { ...id, description: "Stands in the service's log too." },
    },
    'Every error has this shape.',
  ),
  StartRequest: object({
    path: text('Absolute repository path of a folder or of one asset.'),
    type: text('`ASSET_PROCESSING`, or a type that the host registered.'),
    'excludedPaths?': paths('Folders and assets left out with all below them. A missing leading `/` is supplied; a single string may hold several, comma-separated.'),
    'filter?': object({
      'fileTypes?': { oneOf: [fileTypes, text()], description: 'A single string may hold several, comma-separated.' },
      'startTime?': time,
      'endTime?': time,
      'filterProcessedAssets?': flag('Leaves out what has not changed since it was last processed successfully by this version.'),
    }),
    'dryRun?': flag('Counts, and processes nothing.'),
  }),
  JobReference: object({ processingId: id }),
  JobStatus: object({
    processingId: id,
    path,
    excludedPaths: list(text()),
    status: oneOf(JOB_STATUSES),
    triggeredCount: whole('Assets whose processing is committed: succeeded, failed and skipped.'),
    startedAt: time,
    completedAt: time,
    hasLogs: flag(),
    createdBy: text(),
    type: text(),
    migrationSet: object({ totalFiles: whole(), calculationStatus: oneOf(['WAITING', 'IN_PROGRESS', 'SUCCESS', 'FAILED']) }),
    eta: object({ value: whole(), unit: oneOf(['SECONDS']) }),
    comments: text(),
    filter: object({ fileTypes, 'startTime?': time, 'endTime?': time, filterProcessedAssets: flag() }),
    restartable: flag(),
    resumable: flag(),
    cancellable: flag(),
    succeededCount: whole(),
    failedCount: whole(),
    skippedCount: whole(),
  }),
  JobHistory: object({ executionHistory: list(ref('JobStatus'), 'Newest first.') }),
  LogPage: object({ lines: list(text()), limit: whole(), offset: whole(), hasMore: flag() }),
  LogFiles: object({ logFilePaths: list(text()) }),
  StatusQuestion: {
    ...object({ 'path?': text(), 'paths?': paths('Assets, and folders with all below them.'), 'excludedPaths?': paths('Left out with all below them.') }),
    description: 'Exactly one of `path` and `paths`.',
  },
  StatusJob: object({ jobId: id, status: oneOf(['WAITING']) }),
  AssetStates: object({
    jobId: id,
    status: oneOf(['WAITING', 'IN_PROGRESS', 'SUCCESS', 'FAILED']),
    assets: list(
      object({
        path,
        uuid: text('Empty before the first processing.'),
        status: oneOf(['SUCCESS', 'FAILURE', 'PROCESSING', 'PENDING']),
        exists: flag(),
      }),
    ),
    offset: whole(),
    hasMore: flag(),
    ...page,
  }),
  SystemStatus: object({ isDatabase: flag(), databaseConnectionCheck: oneOf(['passed', 'failed']) }),
  Health: object({ status: oneOf(['ok']) }),
  Reference: object(reference),
  ShownReference: object({ source: text('The asset that holds it.'), ...reference, title: orNull(text('Of the asset at the other end.')), broken: flag() }),
  ReferencePage: object({ path, direction: oneOf(['outgoing', 'incoming']), references: list(ref('ShownReference')), ...page }),
  BrokenLinkPage: object({ path, references: list(ref('ShownReference')), ...page }),
  KeyDefinition: object({
    keys: list(text()),
    element: text(),
    href: orNull(text()),
    target: orNull(text()),
    fragment: orNull(text()),
    scope: orNull(text()),
    format: orNull(text()),
    keyref: orNull(text()),
    processingRole: text(),
    text: orNull(text()),
    line,
    status: referenceStatus,
  }),
  ReportRecord: object({
    path,
    uuid: text(),
    sha256: text(),
    size: whole('Bytes.'),
    fileType: oneOf(FILE_TYPES),
    mimeType: text(),
    outcome: oneOf(['SUCCESS', 'FAILED']),
    wellFormed: orNull(flag()),
    error: orNull(object({ code: oneOf(EXTRACTION_ERROR_CODES), line: orNull(line), column: orNull(whole()), message: text() })),
    rootElement: orNull(text()),
    domainType: orNull(text()),
    rootId: orNull(text()),
    title: orNull(text()),
    lang: orNull(text()),
    shortdesc: orNull(text()),
    topicIds: list(text()),
    elementIdCount: whole(),
    elementIds: list(text()),
    metadata: object({ authors: list(text()), keywords: list(text()) }),
    unresolvedEntities: whole(),
    image: orNull(object({ widthPx: whole(), heightPx: whole(), format: text(), orientation: whole() })),
    keys: list(ref('KeyDefinition')),
    refs: list(ref('Reference')),
    processedAt: time,
    pipelineVersion: text(),
  }),
  KeyBinding: object({
    definedIn: path,
    line,
    href: orNull(text()),
    target: orNull(text()),
    fragment: orNull(text()),
    scope: orNull(text()),
    format: orNull(text()),
    text: orNull(text()),
    'cyclic?': oneOf([true]),
  }),
  KeySpace: object({
    rootMap: path,
    maps: list(path),
    topics: list(object({ path, scopeIds: list(whole()) })),
    scopes: list(
      object({
        id: whole(),
        names: list(text()),
        parent: orNull(whole()),
        definedBy: object({ path, line }),
        keys: { type: 'object', additionalProperties: ref('KeyBinding') },
      }),
    ),
    refs: list(
      object({
        path,
        line,
        element: text(),
        attribute: text(),
        raw: text(),
        key: text(),
        keyElement: orNull(text()),
        scopeId: whole(),
        status: keyStatus,
        target: orNull(text()),
        fragment: orNull(text()),
        hasFallback: flag(),
      }),
    ),
  }),
  KeyLookup: object({
    rootMap: path,
    key: text(),
    definitions: list(
      object({ scope: object({ id: whole(), names: list(text()), parent: orNull(whole()), definedBy: object({ path, line }) }), binding: ref('KeyBinding') }),
    ),
  }),
};
