import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** Niceness: clearly behind the thread that answers HTTP and commits, and still ahead of idle work of the machine. */
const NICENESS = 5;

/** To be called by a thread before it reads assets. */
export function setUpExtractionThread(): void {
  keepShortLivedObjectsYoung();
  yieldToMainThread();
}

/**
 * V8 takes the facts of the file at hand for long-lived and allocates those of later files among old objects at once,
 * where they keep all that they refer to from being collected. Without that guess a thread reads half as much again a second.
 */
function keepShortLivedObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

/**
 * Lets the main thread go first when there are more threads than cores, so that requests are answered at once while
 * assets are parsed. Linux only, where a thread has a priority of its own; elsewhere nothing happens.
 */
function yieldToMainThread(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICENESS);
  } catch {
    // Not Linux, or not allowed: all threads stay equal.
  }
}
