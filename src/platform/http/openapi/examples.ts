import type { Components } from './components.ts';

/** What the examples need to know of a JSON schema. */
interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
}

interface MediaType {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: object;
}

/** Media types whose content a schema describes whole. */
const DESCRIBED = /json$|^application\/x-www-form-urlencoded$|^text\/event-stream$/;
const TIME = '2026-01-31T08:30:00.000Z';

/**
 * Adds an example to each body in a part of an OpenAPI document, made from the examples of the schemas. Bodies that have examples
 * of their own keep them.
 */
export function addExamples(part: unknown, components: Components): void {
  if (typeof part !== 'object' || part === null) return;
  for (const [name, value] of Object.entries(part)) {
    if (name === 'content') addToContent(value as Record<string, MediaType>, components);
    else addExamples(value, components);
  }
}

function addToContent(content: Record<string, MediaType>, components: Components): void {
  for (const [type, media] of Object.entries(content)) {
    if (!DESCRIBED.test(type) || 'example' in media || 'examples' in media || media.schema === undefined)
      continue;
    const example = exampleOf(media.schema, components);
    if (example !== undefined) content[type] = { ...media, example };
  }
}

/**
 * The first example of the schema, or one that is made from the examples of its parts. What may be null and has no example is null.
 * @returns undefined for a text without an example
 */
export function exampleOf(whole: object, components: Components = {}): unknown {
  const schema: Schema = whole;
  const { $ref, allOf, anyOf, examples, enum: values, format, items, minimum = 0, properties } = schema;
  if ($ref !== undefined) return exampleOf(resolve($ref, components), components);
  if (examples?.[0] !== undefined) return examples[0];
  if ('const' in schema) return schema.const;
  if (allOf) return Object.assign({}, ...allOf.map((each) => exampleOf(each, components)));
  if (anyOf?.[0]) return exampleOf(anyOf[0], components);
  const types = [schema.type ?? []].flat();
  if (types.includes('null')) return null;
  if (values) return values[0];
  switch (types[0]) {
    case 'object':
      return objectOf(properties, components);
    case 'array':
      return itemsOf(items, components);
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return minimum;
    default:
      return textOf(format);
  }
}

function objectOf(properties: Schema['properties'] = {}, components: Components): object {
  const entries = Object.entries(properties).map(([name, each]) => [name, exampleOf(each, components)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function itemsOf(items: Schema = {}, components: Components): readonly unknown[] {
  const item = exampleOf(items, components);
  return item === undefined ? [] : [item];
}

function textOf(format: string | undefined): string | undefined {
  if (format === 'date-time') return TIME;
  return format === 'date' ? TIME.slice(0, 10) : undefined;
}

function resolve(reference: string, components: Components): Schema {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return (components[name] ?? {}) as Schema;
}
