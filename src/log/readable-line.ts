/** `2026-11-23T14:12:01.123Z INFO  message requestId=… …` of a line of JSON; fields keep their JSON where they are no plain words. */
export function readableLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as { time: string; level: string; msg: string };
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`);
  return [time, level.toUpperCase().padEnd(5), msg, ...rest].join(' ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
