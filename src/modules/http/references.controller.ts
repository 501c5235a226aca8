import { Get, Inject } from '@nestjs/common';
import { BROKEN_STATUSES } from '../../contracts/asset.js';
import type { Principal } from '../../contracts/auth.js';
import type { FindingsApi, ReferenceDirection, ReferencePage, ShownReference } from '../../contracts/findings-api.js';
import { normalizePath } from '../../contracts/repository-path.js';
import { FINDINGS_API } from '../../contracts/tokens.js';
import { mayAccess, requireAccess } from '../auth/path-permissions.js';
import { CurrentPrincipal } from '../auth/principal.js';
import { GuidesController } from './guides-controller.js';
import { Documented } from './openapi/documented.js';
import { BROKEN_LINKS, REFERENCES } from './openapi/routes.js';
import { Query, RequestQuery } from './request-query.js';

const DEFAULT_LIMIT = 500;
const MAX_LIMIT = 10_000;
const DIRECTIONS: readonly string[] = ['outgoing', 'incoming'];

/** `source` holds the reference; `title` is that of the asset at its other end, null where there is none or it is not for this user. */
type ReferenceView = Omit<ShownReference, 'sourcePath' | 'sourceId' | 'ordinal'> & { source: string; broken: boolean };

interface PageView {
  path: string;
  references: ReferenceView[];
  limit: number;
  /** To be sent as `after` for the following page; null at the end. */
  next: string | null;
}

/** The reference graph: from an asset, to an asset, and what of it is broken. */
@GuidesController('assets')
export class ReferencesController {
  constructor(@Inject(FINDINGS_API) private readonly findings: FindingsApi) {}

  @Documented(REFERENCES)
  @Get('references')
  async references(@CurrentPrincipal() principal: Principal, @Query() query: RequestQuery): Promise<PageView & { direction: ReferenceDirection }> {
    const direction = query.optional('direction') ?? 'outgoing';
    if (!isDirection(direction)) query.problem('direction must be outgoing or incoming');
    const { path, after, limit } = readPage(principal, query);
    const wanted = isDirection(direction) ? direction : 'outgoing';
    const page = await this.findings.references(path, wanted, after, limit);
    return { path, direction: wanted, ...shown(page, principal), limit };
  }

  @Documented(BROKEN_LINKS)
  @Get('brokenlinks')
  async brokenLinks(@CurrentPrincipal() principal: Principal, @Query() query: RequestQuery): Promise<PageView> {
    const { path, after, limit } = readPage(principal, query);
    return { path, ...shown(await this.findings.brokenLinks(path, after, limit), principal), limit };
  }
}

/** @throws InvalidRequestError, ForbiddenError */
function readPage(principal: Principal, query: RequestQuery): { path: string; after: string | null; limit: number } {
  const after = query.optional('after');
  const limit = query.integer('limit', { min: 1, max: MAX_LIMIT, absent: DEFAULT_LIMIT });
  const path = normalizePath(query.only('path'));
  requireAccess(principal, path);
  return { path, after, limit };
}

/** References of assets that the user may not see are left out, and titles of such. */
function shown({ references, next }: ReferencePage, principal: Principal): Pick<PageView, 'references' | 'next'> {
  const visible = references.filter(({ sourcePath }) => mayAccess(principal, sourcePath));
  return { references: visible.map((reference) => view(reference, principal)), next };
}

function view({ sourcePath, sourceId: _sourceId, ordinal: _ordinal, title, ...reference }: ShownReference, principal: Principal): ReferenceView {
  const { status, target } = reference;
  const broken = status !== null && BROKEN_STATUSES.includes(status);
  return { source: sourcePath, ...reference, title: target === null || mayAccess(principal, target) ? title : null, broken };
}

function isDirection(value: string): value is ReferenceDirection {
  return DIRECTIONS.includes(value);
}
