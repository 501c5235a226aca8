/** JCR 2.0 property types by the numbers of `javax.jcr.PropertyType`. */
export const PROPERTY_TYPE = {
  STRING: 1,
  BINARY: 2,
  LONG: 3,
  DOUBLE: 4,
  DATE: 5,
  BOOLEAN: 6,
  NAME: 7,
  PATH: 8,
  REFERENCE: 9,
  WEAKREFERENCE: 10,
  URI: 11,
  DECIMAL: 12,
} as const;

export type PropertyTypeName = keyof typeof PROPERTY_TYPE;

/** A property of a node: one value, or an ordered list of them, in canonical text. */
export interface JcrProperty {
  name: string;
  type: PropertyTypeName;
  value: string | string[];
}

/** Canonical text of a date: ISO 8601 in UTC with milliseconds. */
export function jcrDate(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
