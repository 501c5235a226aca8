import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Niceness: clearly behind the thread that answers HTTP and commits, and still ahead of idle work of the machine. */
const NICENESS = 5;

/**
 * Lets the main thread go first when there are more threads than cores, so that requests are answered at once while
 * assets are parsed. Linux only, where a thread has a priority of its own; elsewhere nothing happens.
 */
export function yieldToMainThread(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICENESS);
  } catch {
    // Not Linux, or not allowed: all threads stay equal.
  }
}
