import { ConfigurationError } from './contracts/errors.js';

/** A setting as it is read: its value, its dotted name, and who says where it came from. */
export interface Place {
  name: string;
  /** The file or environment variable that set `name`, for messages. */
  sourceOf: (name: string) => string;
}

/** Turns an untyped value into a setting. @throws ConfigurationError that names the setting and its source, never its value. */
export type Reader<T> = (value: unknown, place: Place) => T;

type Shape<T> = { [K in keyof T]-?: Reader<T[K]> };

/** A mapping with exactly these keys; keys in `optional` may be left out and are read as null. */
export function section<T extends object>(shape: Shape<T>, optional: readonly (keyof T & string)[] = []): Reader<T> {
  return (value, place) => {
    if (!isMapping(value)) return refuse(place, 'must be a mapping of settings');
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(shape, key)) return refuse(below(place, key), 'is not a setting');
    }
    const entries = (Object.keys(shape) as (keyof T & string)[]).map((key) => {
      const given = Object.hasOwn(value, key) ? value[key] : undefined;
      if (given === undefined && !optional.includes(key)) return refuse(below(place, key), 'is missing');
      return [key, shape[key](given ?? null, below(place, key))] as const;
    });
    return Object.fromEntries(entries) as T;
  };
}

export function text(accept: (value: string) => boolean = () => true, expected = 'must be a text'): Reader<string> {
  return (value, place) => (typeof value === 'string' && value !== '' && accept(value) ? value : refuse(place, expected));
}

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return (value, place) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : refuse(place, `must be a whole number ${range}`);
}

export function share(): Reader<number> {
  return (value, place) =>
    typeof value === 'number' && value >= 0 && value <= 1 ? value : refuse(place, 'must be a number from 0 to 1, or null');
}

export function flag(): Reader<boolean> {
  return (value, place) => (typeof value === 'boolean' ? value : refuse(place, 'must be true or false'));
}

export function oneOf<T extends string>(allowed: readonly T[]): Reader<T> {
  return (value, place) => allowed.find((a) => a === value) ?? refuse(place, `must be one of ${allowed.join(', ')}`);
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, place) => (value === null ? null : reader(value, place));
}

export function listOf<T>(reader: Reader<T>, minimum = 0): Reader<T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return refuse(place, 'must be a list');
    if (value.length < minimum) return refuse(place, 'must not be an empty list');
    return value.map((item: unknown, index) => reader(item, { ...place, name: `${place.name}[${index}]` }));
  };
}

/** A mapping whose keys the user chooses. */
export function mapOf<T>(readKey: Reader<string>, readValue: Reader<T>): Reader<Record<string, T>> {
  return (value, place) => {
    if (!isMapping(value) || Object.keys(value).length === 0) return refuse(place, 'must be a mapping with at least one entry');
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [readKey(key, below(place, key)), readValue(item, below(place, key))]),
    );
  };
}

/** Reads with `reader`, then lets `convert` judge; what it throws becomes a ConfigurationError about this setting. */
export function checked<T, R>(reader: Reader<T>, convert: (value: T) => R): Reader<R> {
  return (value, place) => {
    const read = reader(value, place);
    try {
      return convert(read);
    } catch (error) {
      return refuse(place, `is not usable: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

export function refuse(place: Place, reason: string): never {
  const name = place.name === '' ? 'the configuration' : place.name;
  throw new ConfigurationError(`${place.sourceOf(place.name)}: ${name} ${reason}.`);
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(place: Place, key: string): Place {
  return { ...place, name: place.name === '' ? key : `${place.name}.${key}` };
}
