/** What makes a spreadsheet take text for a formula. */
const FORMULA_START = /^[=+\-@\t\r]/;

/** One row of CSV (RFC 4180) with its CRLF; null is an empty field. Text that looks like a formula gets a `'` in front. */
export function csvRow(values: readonly (string | number | null)[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = FORMULA_START.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
