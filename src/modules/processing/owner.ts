import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** `host:pid:uuid` of this process, as it stands in leases. */
export function newOwner(): string {
  return `${hostname().replaceAll(':', '_')}:${process.pid}:${randomUUID()}`;
}

/**
 * True when `owner` certainly ended: it ran on this host under a pid that nobody has now, or that is ours.
 * After kill -9 the work goes on at once instead of when the lease ends. A wrong verdict (two containers with one
 * host name) costs time only: whoever loses a lease is fenced.
 */
export function isDeadOwner(owner: string, self: string): boolean {
  const [host, pid] = owner.split(':');
  const [ownHost, ownPid] = self.split(':');
  if (owner === self || host !== ownHost) return false;
  return pid === ownPid || !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
