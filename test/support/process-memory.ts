import { readFileSync, writeFileSync } from 'node:fs';

/** What the process holds in memory now. Linux; MiB. */
export function residentMib(pid: number): number {
  return fromStatus(pid, 'VmRSS');
}

/** The most that it has held since it started, or since `forgetPeak`. */
export function peakMib(pid: number): number {
  return fromStatus(pid, 'VmHWM');
}

/** Sets the peak back to what the process holds now, and says that. */
export function forgetPeak(pid: number): number {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return peakMib(pid);
}

function fromStatus(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kib] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status) ?? [];
  if (kib === undefined) throw new Error(`/proc/${pid}/status does not say ${field}.`);
  return Number(kib) / 1024;
}
