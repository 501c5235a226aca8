import { unknownField } from './problems.js';
import { isMapping } from './request-body.js';

/** How the text of a form becomes a value. `list`: repeated names are exact elements, a single text may hold several. */
export type FieldKind = 'text' | 'list' | 'integer' | 'boolean';

/** The fields of a request by their dotted names, `filter.fileTypes`. */
export type FieldKinds = Readonly<Record<string, FieldKind>>;

export type FormEntry = readonly [name: string, value: string];

interface Field {
  texts: string[];
  /** Written as `name[]`: an element, also where it is the only one. */
  isElement: boolean;
}

/**
 * The object that a JSON body would have been. Understands `a.b`, `a[b]`, `a[]`, `a[0]`. Text that is no integer or
 * boolean stays text, for the validation to name.
 */
export function objectFromForm(entries: readonly FormEntry[], kinds: FieldKinds, problems: string[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, field] of fieldsByName(entries)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      problems.push(unknownField(name));
    } else if (kind !== 'list' && (field.texts.length > 1 || field.isElement)) {
      problems.push(`${name} must be given once`);
      define(object, name.split('.'), valueOf(kind, field.texts[0] ?? ''));
    } else {
      const [single = ''] = field.texts;
      define(object, name.split('.'), kind !== 'list' ? valueOf(kind, single) : isList(field) ? field.texts : single);
    }
  }
  return object;
}

/** Entries of a form that the host's own parser has made an object of. */
export function entriesOf(parsed: Record<string, unknown>, prefix = ''): FormEntry[] {
  return Object.entries(parsed).flatMap(([key, value]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof value === 'string') return [[name, value] as const];
    if (Array.isArray(value)) return value.flatMap((item: unknown) => entriesOf({ '': item }, name).map(([, text]) => [name, text] as const));
    return isMapping(value) ? entriesOf(value, name) : [];
  });
}

function fieldsByName(entries: readonly FormEntry[]): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const [written, text] of entries) {
    const segments = written.replaceAll(/\[([^\]]*)\]/g, '.$1').split('.');
    let isElement = false;
    while (segments.length > 1 && /^\d*$/.test(segments.at(-1) ?? '')) {
      segments.pop();
      isElement = true;
    }
    const name = segments.join('.');
    const field = fields.get(name) ?? { texts: [], isElement: false };
    field.texts.push(text);
    field.isElement ||= isElement;
    fields.set(name, field);
  }
  return fields;
}

function isList(field: Field): boolean {
  return field.isElement || field.texts.length > 1;
}

function valueOf(kind: FieldKind, text: string): unknown {
  if (kind === 'integer' && /^-?\d{1,16}$/.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Never by assignment: `__proto__` would change the object instead of its content. */
function define(target: Record<string, unknown>, [key = '', ...rest]: string[], value: unknown): void {
  const own = Object.hasOwn(target, key) ? target[key] : undefined;
  const inner = rest.length === 0 ? value : isMapping(own) ? own : {};
  Object.defineProperty(target, key, { value: inner, enumerable: true, writable: true, configurable: true });
  if (rest.length > 0 && isMapping(inner)) define(inner, rest, value);
}
