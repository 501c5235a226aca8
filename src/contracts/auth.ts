export type Role = 'viewer' | 'operator';

/** A known user. */
export interface Principal {
  name: string;
  roles: readonly Role[];
  /** Null: the whole repository. */
  pathPrefixes: readonly string[] | null;
}

/** The part of a request that identifies its sender. */
export interface HeadersLike {
  headers: Record<string, string | string[] | undefined>;
  /** What a guard of the host has found out already, where it keeps that on the request as Passport does. */
  user?: unknown;
}

/** Tells who sends a request. A host may supply its own. */
export interface Authenticator {
  /** Scheme for `WWW-Authenticate`, e.g. `Basic realm="guides", charset="UTF-8"`. */
  readonly challenge: string;
  /** Null when the request names no user this authenticator knows; never throws for bad credentials. */
  authenticate(request: HeadersLike): Promise<Principal | null>;
}
