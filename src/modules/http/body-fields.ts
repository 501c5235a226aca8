import { InvalidRequestError } from '../../contracts/errors.js';
import { entriesOf, type FieldKinds, type FormEntry, objectFromForm } from './form-fields.js';
import { unknownField } from './problems.js';
import { isMapping, type RawBody } from './request-body.js';

const bodies = new WeakMap<object, RawBody>();

export function rememberBody(request: object, body: RawBody): void {
  bodies.set(request, body);
}

/**
 * The fields of the request's body, from JSON and forms alike; unknown names are added to `problems`.
 * @throws InvalidRequestError when it is no object
 */
export function fieldsOf(request: object, kinds: FieldKinds, problems: string[]): Record<string, unknown> {
  const body = bodies.get(request) ?? { kind: 'json', content: {} };
  const fields = body.kind === 'form' ? objectFromForm(formEntries(body.content), kinds, problems) : body.content;
  if (!isMapping(fields)) throw new InvalidRequestError('The body must be a JSON object.');
  problems.push(...unknownNames(fields, Object.keys(kinds), ''));
  return fields;
}

function formEntries(content: unknown): FormEntry[] {
  if (typeof content === 'string') return [...new URLSearchParams(content)];
  return isMapping(content) ? entriesOf(content) : [];
}

function unknownNames(fields: Record<string, unknown>, known: readonly string[], prefix: string): string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    // A dot inside of a key is not the nesting that the name of a field writes with a dot.
    if (!key.includes('.') && known.includes(name)) return [];
    const isGroup = !key.includes('.') && known.some((other) => other.startsWith(`${name}.`));
    if (!isGroup) return [unknownField(name)];
    return isMapping(value) ? unknownNames(value, known, `${name}.`) : [];
  });
}
