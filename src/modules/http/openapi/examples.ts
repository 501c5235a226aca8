import { TooManyFailedLoginsError } from '../../auth/auth-errors.js';
import { BodyTooLargeError } from '../http-errors.js';

/** Answers as they are, for the document; a test holds them to the schemas. */
export const ID = '0b6e4a2e-6a55-4b1c-9f0e-3c1d2a8f7e10';
export const PATH = '/content/dam/guide';

export const JOB_STATUS = {
  processingId: ID,
  path: PATH,
  excludedPaths: [`${PATH}/drafts`],
  status: 'IN_PROGRESS',
  triggeredCount: 1500,
  startedAt: 1761291362776,
  completedAt: 0,
  hasLogs: true,
  createdBy: 'alice',
  type: 'ASSET_PROCESSING',
  migrationSet: { totalFiles: 6000, calculationStatus: 'SUCCESS' },
  eta: { value: 42, unit: 'SECONDS' },
  comments: '',
  filter: { fileTypes: [], filterProcessedAssets: false },
  restartable: false,
  resumable: false,
  cancellable: true,
  succeededCount: 1490,
  failedCount: 10,
  skippedCount: 0,
};

export const REFERENCE = {
  kind: 'link',
  element: 'xref',
  attribute: 'href',
  raw: 'install.dita#install/steps',
  scope: 'local',
  format: 'dita',
  target: `${PATH}/install.dita`,
  fragment: 'install/steps',
  status: 'missing-fragment',
  key: null,
  keyElement: null,
  defaulted: ['scope', 'format'],
  line: 12,
};

export const SHOWN_REFERENCE = { source: `${PATH}/start.dita`, ...REFERENCE, title: 'Installing', broken: true };

export const KEY_BINDING = { definedIn: `${PATH}/guide.ditamap`, line: 4, href: null, target: null, fragment: null, scope: null, format: null, text: 'Acme Pro' };

export const REPORT_RECORD = {
  path: `${PATH}/start.dita`,
  uuid: 'GUID-0b6e4a2e-6a55-4b1c-9f0e-3c1d2a8f7e10',
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  size: 2048,
  fileType: 'DITATOPIC',
  mimeType: 'application/xml',
  outcome: 'SUCCESS',
  wellFormed: true,
  error: null,
  rootElement: 'topic',
  domainType: 'topic',
  rootId: 'start',
  title: 'Getting started',
  lang: 'en',
  shortdesc: 'What to do first.',
  topicIds: ['start'],
  elementIdCount: 1,
  elementIds: ['start'],
  metadata: { authors: ['Alice'], keywords: [] },
  unresolvedEntities: 0,
  image: null,
  keys: [],
  refs: [REFERENCE],
  processedAt: 1761291362776,
  pipelineVersion: '1',
};

export const ERRORS: Record<number, { description: string; example: object }> = {
  400: {
    description: 'The request cannot be met as it is: a missing, mistyped or unknown field, a path or job that does not exist, a job that is in the way.',
    example: { statusCode: 400, error: 'Bad Request', message: `No job with processingId "${ID}" exists.` },
  },
  401: {
    description: '`WWW-Authenticate` names the schemes in use.',
    example: { statusCode: 401, error: 'Unauthorized', message: 'Sign in to use this service: the request names no known user.' },
  },
  403: {
    description: 'A known user lacks the right.',
    example: { statusCode: 403, error: 'Forbidden', message: `The user "alice" has no right to ${PATH}.` },
  },
  413: {
    description: 'The body is over the limit.',
    example: { statusCode: 413, error: 'Payload Too Large', message: new BodyTooLargeError(1_048_576).message },
  },
  429: {
    description: 'Too much at once, or too many failed logins. `Retry-After` tells the seconds.',
    example: { statusCode: 429, error: 'Too Many Requests', message: new TooManyFailedLoginsError(60).message },
  },
  500: {
    description: "The service's fault; its log has more under the same `errorId`.",
    example: { statusCode: 500, error: 'Internal Server Error', message: 'The service failed to answer; its log has more under this errorId.', errorId: ID },
  },
};
