import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Authenticator, HeadersLike, Principal } from 'nestjs-guides-processing';

export interface CmsUser {
  name: string;
  token: string;
  mayEdit: boolean;
}

/** Users of the CMS: they sign in with a token in a header of its own. A real CMS would look into its sessions here. */
@Injectable()
export class CmsUsers implements Authenticator {
  readonly challenge = 'CmsToken realm="cms"';
  private readonly users: readonly CmsUser[] = [
    { name: 'editor', token: process.env.CMS_EDITOR_TOKEN ?? 'editor-token', mayEdit: true },
    { name: 'reader', token: process.env.CMS_READER_TOKEN ?? 'reader-token', mayEdit: false },
  ];

  find(request: HeadersLike): CmsUser | null {
    const token = request.headers['x-cms-token'];
    if (typeof token !== 'string') return null;
    return this.users.find((user) => isEqual(user.token, token)) ?? null;
  }

  /** What bulk processing wants to know of a user: editors start jobs, readers look. */
  authenticate(request: HeadersLike): Promise<Principal | null> {
    const user = this.find(request);
    return Promise.resolve(user && { name: user.name, roles: [user.mayEdit ? 'operator' : 'viewer'], pathPrefixes: null });
  }
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
