import { archiveNames } from '../log-archive.js';
import type { ContentDocument, ParameterDocument, RouteDocument } from './documented.js';
import { ID, JOB_STATUS, KEY_BINDING, PATH, REFERENCE, REPORT_RECORD, SHOWN_REFERENCE } from './examples.js';
import { object, ref, type Schema, text, whole } from './schema.js';

const json = (schema: Schema, example: unknown): Record<string, ContentDocument> => ({ 'application/json': { schema, example } });
const lines = (item: Schema, example: object): Record<string, ContentDocument> => ({
  'application/x-ndjson': { schema: text('A line of JSON each.'), item, example: `${JSON.stringify(example)}\n` },
});

const processingId: ParameterDocument = { description: 'Of the job.', schema: { type: 'string', format: 'uuid' }, required: true, example: ID };
const path: ParameterDocument = { description: 'Absolute repository path of a folder or of one asset.', schema: text(), required: true, example: PATH };
const after = (example: string): ParameterDocument => ({ description: '`next` of the page before.', schema: text(), example });
const limit = (most: number, absent: number | string): ParameterDocument => ({
  description: `Absent: ${absent}.`,
  schema: whole(undefined, { minimum: 1, maximum: most }),
  example: 100,
});
const offset: ParameterDocument = { description: 'How many to leave out. Absent: 0.', schema: whole(), example: 0 };

/** The job in the query, in a JSON body or in a form. */
const jobInBody = { schema: object({ 'processingId?': processingId.schema }), example: { processingId: ID }, required: false };
const jobInQuery = { processingId: { ...processingId, required: false, description: 'Of the job, unless the body has it.' } };
const jobStatus = json(ref('JobStatus'), JOB_STATUS);
const started = json(ref('JobReference'), { processingId: ID });

export const START: RouteDocument = {
  tag: 'jobs',
  summary: 'Start a job',
  description: 'Answers at once, however large the tree. One job of a type at a time may be active for a path.',
  body: {
    schema: ref('StartRequest'),
    example: { path: PATH, type: 'ASSET_PROCESSING', excludedPaths: [`${PATH}/drafts`], filter: { fileTypes: ['DITATOPIC', 'DITAMAP'], filterProcessedAssets: true } },
    required: true,
  },
  answer: started,
};

export const CANCEL: RouteDocument = { tag: 'jobs', summary: 'Cancel a job', description: 'What is committed stays.', query: jobInQuery, body: jobInBody, answer: jobStatus };
export const RESUME: RouteDocument = { tag: 'jobs', summary: 'Resume a failed or cancelled job from its last checkpoint', query: jobInQuery, body: jobInBody, answer: jobStatus };
export const RESTART: RouteDocument = { tag: 'jobs', summary: 'Start a new job with the same request', query: jobInQuery, body: jobInBody, answer: started };
export const STATUS: RouteDocument = { tag: 'jobs', summary: 'Status of a job', query: { processingId }, answer: jobStatus };
export const HISTORY: RouteDocument = {
  tag: 'jobs',
  summary: 'Jobs, newest first',
  query: { limit: { ...limit(1000, 'history.limit of the settings'), schema: whole(undefined, { minimum: 0, maximum: 1000 }) } },
  answer: json(ref('JobHistory'), { executionHistory: [JOB_STATUS] }),
};
export const LOGS: RouteDocument = {
  tag: 'jobs',
  summary: 'A page of the log of a job',
  query: {
    processingId,
    offset,
    limit: { ...limit(10_000, 500), schema: whole(undefined, { minimum: 0, maximum: 10_000 }) },
    tail: { description: 'The last lines instead; not together with `offset`.', schema: whole(undefined, { minimum: 0, maximum: 10_000 }), example: 100 },
  },
  answer: json(ref('LogPage'), { lines: [`2026-11-24T10:00:00.000Z INFO ${PATH}/start.dita SUCCESS DITATOPIC, 3 references`], limit: 500, offset: 0, hasMore: false }),
};
export const DOWNLOAD: RouteDocument = {
  tag: 'jobs',
  summary: 'The whole log of a job',
  description: 'A streamed ZIP archive; with `Accept: application/json` the names of what is in it.',
  query: { processingId },
  answer: {
    'application/zip': { schema: { type: 'string', format: 'binary' }, example: 'PK…' },
    'application/json': { schema: ref('LogFiles'), example: { logFilePaths: archiveNames(ID) } },
  },
};
export const EVENTS: RouteDocument = {
  tag: 'jobs',
  summary: 'Status of a job as it changes',
  description: 'Server-sent events: a status object each time it changes, at most four a second, and a last one at the end.',
  query: { processingId },
  answer: { 'text/event-stream': { schema: text(), item: ref('JobStatus'), example: `data: ${JSON.stringify(JOB_STATUS)}\n\n` } },
};
export const ASK_STATES: RouteDocument = {
  tag: 'assets',
  summary: 'Ask for the state of assets',
  body: { schema: ref('StatusQuestion'), example: { paths: [PATH], excludedPaths: [`${PATH}/drafts`] }, required: true },
  answer: json(ref('StatusJob'), { jobId: ID, status: 'WAITING' }),
};
export const STATES: RouteDocument = {
  tag: 'assets',
  summary: 'The state of each asset that was asked for, as it is now',
  query: {
    jobId: { description: 'What the question was answered with.', schema: { type: 'string', format: 'uuid' }, required: true, example: ID },
    offset,
    limit: limit(10_000, 10_000),
    after: after(`${PATH}/start.dita`),
  },
  answer: json(ref('AssetStates'), {
    jobId: ID,
    status: 'SUCCESS',
    assets: [{ path: `${PATH}/start.dita`, uuid: REPORT_RECORD.uuid, status: 'SUCCESS', exists: true }],
    limit: 10_000,
    offset: 0,
    hasMore: false,
    next: null,
  }),
};
export const REPORT: RouteDocument = {
  tag: 'assets',
  summary: 'What processing found out',
  description: 'A line of JSON for each processed asset, in path order; streamed.',
  query: { path },
  answer: lines(ref('ReportRecord'), REPORT_RECORD),
};
export const REFERENCES: RouteDocument = {
  tag: 'assets',
  summary: 'References from an asset, or to it',
  query: { path, direction: { description: 'Absent: outgoing.', schema: { type: 'string', enum: ['outgoing', 'incoming'] }, example: 'incoming' }, after: after('WzE3LDNd'), limit: limit(10_000, 500) },
  answer: json(ref('ReferencePage'), { path: `${PATH}/start.dita`, direction: 'outgoing', references: [SHOWN_REFERENCE], limit: 500, next: null }),
};
export const BROKEN_LINKS: RouteDocument = {
  tag: 'assets',
  summary: 'Broken references below a path',
  query: { path, after: after('WyIvY29udGVudC9kYW0vZ3VpZGUvc3RhcnQuZGl0YSIsM10'), limit: limit(10_000, 500) },
  answer: json(ref('BrokenLinkPage'), { path: PATH, references: [SHOWN_REFERENCE], limit: 500, next: null }),
};
export const KEY_SPACES: RouteDocument = {
  tag: 'assets',
  summary: 'Key spaces of the root maps below a path',
  description: 'A line of JSON for each root map; with `key`, where that key is defined in it.',
  query: { path, key: { description: 'Only this key.', schema: text(), example: 'product' } },
  answer: lines(
    { oneOf: [ref('KeySpace'), ref('KeyLookup')] },
    {
      rootMap: `${PATH}/guide.ditamap`,
      maps: [`${PATH}/guide.ditamap`],
      topics: [{ path: `${PATH}/start.dita`, scopeIds: [0] }],
      scopes: [{ id: 0, names: [], parent: null, definedBy: { path: `${PATH}/guide.ditamap`, line: 1 }, keys: { product: KEY_BINDING } }],
      refs: [{ path: `${PATH}/start.dita`, line: REFERENCE.line, element: 'keyword', attribute: 'keyref', raw: 'product', key: 'product', keyElement: null, scopeId: 0, status: 'ok', target: null, fragment: null, hasFallback: false }],
    },
  ),
};
export const SYSTEM: RouteDocument = {
  tag: 'system',
  summary: 'Which provider serves the DAM root, and whether the database answers',
  answer: json(ref('SystemStatus'), { isDatabase: false, databaseConnectionCheck: 'passed' }),
};
export const METRICS: RouteDocument = {
  tag: 'system',
  summary: 'Metrics for Prometheus',
  answer: { 'text/plain': { schema: text(), example: 'guides_database_up 1\n' } },
};
const health = json(ref('Health'), { status: 'ok' });
export const LIVE: RouteDocument = { tag: 'system', summary: 'The process is alive', isPublic: true, answer: health };
export const READY: RouteDocument = { tag: 'system', summary: 'The service can do its work', isPublic: true, answer: health };
export const API_DOCUMENT: RouteDocument = {
  tag: 'system',
  summary: 'This document',
  answer: { 'application/json': { schema: { type: 'object' }, example: { openapi: '3.1.0' } } },
};
const page: Record<string, ContentDocument> = { 'text/html': { schema: text(), example: '<!doctype html>…' } };
export const DOCS: RouteDocument = { tag: 'system', summary: 'This document, to be read and tried', answer: page };
export const DOCS_FILE: RouteDocument = {
  tag: 'system',
  summary: 'Scripts and styles of that page',
  params: { file: { description: 'Its name.', schema: text(), example: 'start.js' } },
  answer: { 'text/javascript': { schema: text(), example: '…' }, 'text/css': { schema: text(), example: '…' }, 'image/png': { schema: { type: 'string', format: 'binary' }, example: '…' } },
};
