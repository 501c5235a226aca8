import type { Authenticator, HeadersLike, Principal } from '../../contracts/auth.js';
import type { UserSetting } from '../../contracts/settings.js';
import { basicCredentials } from './basic-credentials.js';
import { DerivationGate } from './derivation-gate.js';
import { DEFAULT_COST, parsePasswordHash, type PasswordHash, type ScryptCost, unmatchableHash, verifyPassword } from './password-hash.js';
import { VerifiedCredentials } from './verified-credentials.js';

interface KnownUser {
  principal: Principal;
  hash: PasswordHash;
}

/** Verified credentials that are remembered: more than users with one password each can make. */
const REMEMBERED = 1000;
const DERIVATIONS_AT_ONCE = 2;
const DERIVATIONS_WAITING = 64;

const OTHER_SCHEME = /^(?!Basic(?: |$))[A-Za-z][\w-]* +[^ ]/i;

/**
 * HTTP Basic (RFC 7617, UTF-8) over the configured users. An unknown user, a wrong password and a malformed header take
 * the same derivations, so that time tells nothing.
 */
export class BasicAuthenticator implements Authenticator {
  readonly challenge = 'Basic realm="guides", charset="UTF-8"';
  private readonly users: ReadonlyMap<string, KnownUser>;
  /** For each cost in use a hash that nothing matches; one derivation of each is done for every sign-in. */
  private readonly decoys: readonly PasswordHash[];
  private readonly verified = new VerifiedCredentials(REMEMBERED);
  private readonly gate = new DerivationGate(DERIVATIONS_AT_ONCE, DERIVATIONS_WAITING);
  private readonly inFlight = new Map<string, Promise<Principal | null>>();

  /** @param verifyHash replaced where derivations are counted */
  constructor(
    users: readonly UserSetting[],
    private readonly verifyHash: typeof verifyPassword = verifyPassword,
  ) {
    this.users = new Map(users.map((user) => [user.name.normalize('NFC'), knownUser(user)]));
    const hashes = [...this.users.values()].map((user) => user.hash);
    this.decoys = distinctCosts(hashes.length > 0 ? hashes : [DEFAULT_COST]).map(unmatchableHash);
  }

  /** @throws TooManySignInsError */
  async authenticate(request: HeadersLike): Promise<Principal | null> {
    const header = request.headers.authorization;
    if (header === undefined) return null;
    if (typeof header === 'string' && OTHER_SCHEME.test(header)) return null;
    return this.signIn(typeof header === 'string' ? basicCredentials(header) : null);
  }

  private signIn(credentials: string | null): Promise<Principal | null> {
    // Without a colon it names neither user nor password, and is tried as such all the same.
    const normalized = (credentials ?? '').normalize('NFC');
    const fingerprint = this.verified.fingerprint(normalized);
    const remembered = this.verified.get(fingerprint);
    if (remembered) return Promise.resolve(remembered);
    const running = this.inFlight.get(fingerprint);
    if (running) return running;
    const started = this.verify(normalized, fingerprint).finally(() => this.inFlight.delete(fingerprint));
    this.inFlight.set(fingerprint, started);
    return started;
  }

  private async verify(credentials: string, fingerprint: string): Promise<Principal | null> {
    const colon = credentials.indexOf(':');
    const user = colon < 0 ? undefined : this.users.get(credentials.slice(0, colon));
    const password = credentials.slice(colon + 1);
    let matches = false;
    for (const decoy of this.decoys) {
      const hash = user && sameCost(user.hash, decoy) ? user.hash : decoy;
      if (await this.gate.run(() => this.verifyHash(password, hash))) matches = true;
    }
    if (!user || !matches) return null;
    this.verified.add(fingerprint, user.principal);
    return user.principal;
  }
}

function knownUser({ name, passwordHash, roles, pathPrefixes }: UserSetting): KnownUser {
  return { principal: { name, roles, pathPrefixes }, hash: parsePasswordHash(passwordHash) };
}

function distinctCosts(costs: readonly ScryptCost[]): ScryptCost[] {
  return costs.filter((cost, index) => costs.findIndex((other) => sameCost(cost, other)) === index);
}

function sameCost(a: ScryptCost, b: ScryptCost): boolean {
  return a.n === b.n && a.r === b.r && a.p === b.p;
}
