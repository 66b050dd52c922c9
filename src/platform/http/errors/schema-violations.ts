import type { FastifySchemaValidationError } from 'fastify';
import { InvalidInput } from '../../domain-error.ts';

/** @returns an error that says which parameter is missing or invalid, and what its schema allows */
export function schemaError([violation]: readonly FastifySchemaValidationError[]): InvalidInput {
  if (!violation) return new InvalidInput('request', 'The request is invalid.');
  const { keyword, params } = violation;
  const field = fieldOf(violation);
  switch (keyword) {
    case 'required':
      return new InvalidInput(field, `Missing parameter: ${field}`);
    case 'additionalProperties':
      return new InvalidInput(field, `Unknown parameter: ${field}`);
    default:
      return new InvalidInput(field, `${field} ${RULES[keyword]?.(params) ?? 'is invalid'}.`);
  }
}

/** @returns the path of the invalid property, such as `caller.number` or `redirectUris[0]` */
export function fieldOf({ instancePath, params }: FastifySchemaValidationError): string {
  const property = params['missingProperty'] ?? params['additionalProperty'];
  const path = [...instancePath.split('/').slice(1), ...(property ? [String(property)] : [])];
  const text = path.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${name}`)).join('');
  return text.replace(/^\./, '') || 'body';
}

type Params = FastifySchemaValidationError['params'];

/** What each keyword of a schema demands, after the name of the field. */
const RULES: Readonly<Record<string, (params: Params) => string>> = {
  type: ({ type }) => `must be ${String(type).split(',').map(typeWords).join(' or ')}`,
  enum: ({ allowedValues }) => `must be one of: ${[allowedValues].flat().join(', ')}`,
  const: ({ allowedValue }) => `must be ${allowedValue}`,
  minLength: ({ limit }) => (limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`),
  maxLength: ({ limit }) => `must have at most ${counted(limit, 'character')}`,
  minItems: ({ limit }) => `must have at least ${counted(limit, 'item')}`,
  maxItems: ({ limit }) => `must have at most ${counted(limit, 'item')}`,
  uniqueItems: () => 'must not have the same item twice',
  minProperties: ({ limit }) => `must have at least ${counted(limit, 'property', 'properties')}`,
  maxProperties: ({ limit }) => `must have at most ${counted(limit, 'property', 'properties')}`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  format: ({ format }) => `must be ${FORMAT_WORDS[String(format)] ?? `in the format ${format}`}`,
  pattern: ({ pattern }) => `must match the pattern ${pattern}`,
};

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function typeWords(type: string): string {
  return TYPE_WORDS[type] ?? type;
}

const FORMAT_WORDS: Readonly<Record<string, string>> = {
  uri: 'an absolute URI',
  date: 'a date, such as 2026-01-31',
  'date-time': 'a time in RFC 3339 form, such as 2026-01-31T12:00:00Z',
};

function counted(limit: unknown, one: string, many = `${one}s`): string {
  return `${limit} ${limit === 1 ? one : many}`;
}
