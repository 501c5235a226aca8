/** A JSON Schema (2020-12) as far as this document needs it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: readonly unknown[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  minItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  oneOf?: Schema[];
}

/** An object with exactly these fields; a `?` at the end of a name marks what may be missing. */
export function object(fields: Record<string, Schema>, description?: string): Schema {
  const names = Object.keys(fields);
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), fields[name] ?? {}])),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  };
}

export function list(items: Schema, description?: string): Schema {
  return { type: 'array', items, ...(description === undefined ? {} : { description }) };
}

export function text(description?: string): Schema {
  return { type: 'string', ...(description === undefined ? {} : { description }) };
}

export function whole(description?: string, bounds: Pick<Schema, 'minimum' | 'maximum'> = { minimum: 0 }): Schema {
  return { type: 'integer', ...bounds, ...(description === undefined ? {} : { description }) };
}

export function flag(description?: string): Schema {
  return { type: 'boolean', ...(description === undefined ? {} : { description }) };
}

export function oneOf(values: readonly (string | number | boolean)[], description?: string): Schema {
  return { type: typeof values[0] === 'number' ? 'integer' : typeof values[0], enum: values, ...(description === undefined ? {} : { description }) };
}

export function orNull(schema: Schema): Schema {
  if (typeof schema.type !== 'string') return { oneOf: [schema, { type: 'null' }] };
  return { ...schema, type: [schema.type, 'null'], ...(schema.enum ? { enum: [...schema.enum, null] } : {}) };
}

/** A schema of `SCHEMAS` by its name. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
