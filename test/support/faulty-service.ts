import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Points of the engine at which `fault-points.mjs` can send the process a signal. */
export const FAULT_POINTS = ['planned', 'claimed', 'processed', 'before-commit', 'after-commit', 'before-completion'] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

const PRELOADED = pathToFileURL(join(__dirname, 'fault-points.mjs')).href;
const DIST = pathToFileURL(process.env.GUIDES_DIST ?? join(__dirname, '../../dist')).href;

/** Environment of a service that gets the signal when it passes the point for the `nth` time. */
export function faultAt(point: FaultPoint, nth: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM'): Record<string, string> {
  return { NODE_OPTIONS: `--import=${PRELOADED}`, GUIDES_TEST_DIST: DIST, GUIDES_TEST_FAULT: `${point}:${nth}:${signal}` };
}

/** True while the process stands still by SIGSTOP. Linux. */
export function isFrozen(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // `pid (name) state …`; the name may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}
