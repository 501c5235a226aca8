import { CliError, EXIT } from './cli-error.js';
import { visible } from '../contracts/visible-text.js';

const BASE = '/bin/guides/v1';

/** Every answer but streams comes within this time, however large the tree. */
const ANSWER_MS = 30_000;

export interface ServiceAddress {
  /** Origin and path below which the service's routes stand; no `/bin/guides/v1`. */
  url: string;
  user: string;
  password: string;
}

/** The status object (HTTP API, "status"); fields that nothing here shows are left out. */
export interface JobStatusView {
  processingId: string;
  path: string;
  status: 'WAITING' | 'IN_PROGRESS' | 'SUCCESS' | 'FAILED' | 'CANCELLED';
  triggeredCount: number;
  startedAt: number;
  completedAt: number;
  createdBy: string;
  type: string;
  migrationSet: { totalFiles: number; calculationStatus: string };
  eta: { value: number };
  comments: string;
  succeededCount: number;
  failedCount: number;
  skippedCount: number;
}

export interface LogPageView {
  lines: string[];
  offset: number;
  hasMore: boolean;
}

export interface ReferencePageView {
  references: object[];
  next: string | null;
}

export interface StartBody {
  path: string;
  type: string;
  excludedPaths?: string[];
  filter?: { fileTypes?: string[]; filterProcessedAssets?: boolean };
  dryRun?: boolean;
}

export type QueryValues = Record<string, string | number>;

/** Speaks to a running service. Every refusal is a CliError with the service's own sentence. */
export class ServiceClient {
  constructor(private readonly address: ServiceAddress) {}

  start(body: StartBody): Promise<{ processingId: string }> {
    return this.json('POST', '/assets/process', {}, body);
  }

  status(processingId: string): Promise<JobStatusView> {
    return this.json('GET', '/assets/process/status', { processingId });
  }

  control(action: 'cancel' | 'resume', processingId: string): Promise<JobStatusView> {
    return this.json('POST', `/assets/process/${action}`, {}, { processingId });
  }

  restart(processingId: string): Promise<{ processingId: string }> {
    return this.json('POST', '/assets/process/restart', {}, { processingId });
  }

  async history(limit?: number): Promise<JobStatusView[]> {
    const { executionHistory } = await this.json<{ executionHistory: JobStatusView[] }>(
      'GET',
      '/assets/process/history',
      limit === undefined ? {} : { limit },
    );
    return executionHistory;
  }

  logs(processingId: string, page: QueryValues): Promise<LogPageView> {
    return this.json('GET', '/assets/process/logs', { processingId, ...page });
  }

  /** A page of references; `next` goes into `after` of the following call. */
  references(route: string, query: QueryValues): Promise<ReferencePageView> {
    return this.json('GET', route, query);
  }

  /** An answer that is read as it comes; breaks off with an error when the service does. */
  async stream(path: string, query: QueryValues, accept: string): Promise<ReadableStream<Uint8Array>> {
    const response = await this.request('GET', path, query, { accept });
    if (!response.body) throw new CliError(`The service answered ${path} with nothing.`, EXIT.failed);
    return response.body;
  }

  private async json<T>(method: 'GET' | 'POST', path: string, query: QueryValues, body?: object): Promise<T> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await this.request(method, path, query, { accept: 'application/json', body, signal });
    const answer: unknown = await response.json().catch(() => null);
    if (typeof answer !== 'object' || answer === null) throw this.notTheService(response.status);
    return answer as T;
  }

  private async request(
    method: string,
    path: string,
    query: QueryValues,
    { accept, body, signal }: { accept: string; body?: object; signal?: AbortSignal },
  ): Promise<Response> {
    const { url, user, password } = this.address;
    const search = new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])).toString();
    const response = await fetch(`${url}${BASE}${path}${search === '' ? '' : `?${search}`}`, {
      method,
      signal,
      // Following one would send the password wherever it points.
      redirect: 'manual',
      headers: {
        accept,
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
    }).catch((error: unknown) => {
      throw this.unreachable(error);
    });
    if (!response.ok) throw await this.refusal(response);
    return response;
  }

  private async refusal(response: Response): Promise<CliError> {
    const answer: unknown = await response.json().catch(() => null);
    if (typeof answer !== 'object' || answer === null || !('message' in answer)) return this.notTheService(response.status);
    if (response.status === 401) {
      return new CliError(`${this.address.url} does not let "${this.address.user}" in: check GUIDES_USER and GUIDES_PASSWORD.`);
    }
    const details = 'details' in answer && Array.isArray(answer.details) ? answer.details.map((detail) => `\n  - ${visible(String(detail))}`).join('') : '';
    const errorId = 'errorId' in answer ? ` (errorId ${visible(String(answer.errorId))})` : '';
    return new CliError(`${visible(String(answer.message))}${errorId}${details}`, response.status >= 500 ? EXIT.failed : EXIT.refused);
  }

  private unreachable(error: unknown): CliError {
    const { url } = this.address;
    if (error instanceof Error && error.name === 'TimeoutError') {
      return new ServiceUnreachableError(`The service at ${url} did not answer within ${ANSWER_MS / 1000} seconds.`, error);
    }
    const code = codeOf(error);
    if (code === 'ECONNREFUSED') return new ServiceUnreachableError(`No service answers at ${url}: start it with \`npm start\`, or name another with --url or GUIDES_URL.`, error);
    if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') {
      return new ServiceUnreachableError(`The service at ${url} broke off the connection: it failed or stopped.`, error, EXIT.failed);
    }
    return new ServiceUnreachableError(`No service answers at ${url} (${code ?? 'no connection'}).`, error);
  }

  private notTheService(status: number): CliError {
    return new CliError(`What answers at ${this.address.url} is not this service (HTTP ${status}); name another with --url or GUIDES_URL.`);
  }
}

/** Nobody answered; it may be different a moment later. */
export class ServiceUnreachableError extends CliError {
  constructor(message: string, cause: unknown, exitCode: number = EXIT.refused) {
    super(message, exitCode, { cause });
  }
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  if ('code' in error && typeof error.code === 'string') return error.code;
  return first === undefined ? codeOf(error.cause) : codeOf(first);
}
