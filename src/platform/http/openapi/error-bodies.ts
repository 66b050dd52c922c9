import { type TSchema, Type } from 'typebox';
import type { ErrorStyle } from '../../../web/entry/request-context.ts';
import {
  DatabaseConnectionFailed,
  DatabaseQueryFailed,
  DatabaseTimedOut,
  DatabaseUnavailable,
} from '../../database/database-errors.ts';
import { InvalidInput } from '../../domain-error.ts';
import { camaraCodeOf, type ErrorClass } from '../errors/error-statuses.ts';

const code = Type.String({ description: 'For programs; stable.' });
const message = Type.String({ description: 'For people.' });

/** What an error may say beside its code; docs/errors.md has which says what. */
const details = {
  field: Type.String({ description: 'The parameter that is wrong.' }),
  scope: Type.String({ description: 'The scopes of which one is needed.' }),
  limit: Type.Integer({ minimum: 0, description: 'How many there may be.' }),
  ongoing: Type.Array(
    Type.Object({
      id: Type.Optional(Type.String()),
      callee: Type.Optional(Type.String({ description: 'E.164.' })),
      createdAt: Type.String({ format: 'date-time' }),
    }),
    { description: 'The calls that hold the places; of those that the token does not reach the time alone.' },
  ),
  number: Type.String({ description: 'The number that is not dialled.' }),
  reason: Type.String({ description: 'Why it is not.' }),
  retryAfterSeconds: Type.Integer({ minimum: 1, description: 'When to try again.' }),
};

function optional(properties: Readonly<Record<string, TSchema>>, marks: object = {}) {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, Type.Optional({ ...schema, ...marks })]),
  );
}

const shapes = {
  Error: Type.Object(
    { error: code, message, ...optional(details) },
    { title: 'Error', description: 'An error.' },
  ),
  XmlError: Type.Object(
    { code, message },
    { title: 'XmlError', description: 'An error in XML.', xml: { name: 'error' } },
  ),
  ErrorInfo: Type.Object(
    {
      status: Type.Integer({ minimum: 100, maximum: 599, description: 'The HTTP response status.' }),
      code: Type.String({ maxLength: 96, description: 'For programs; CAMARA’s, as far as it has one.' }),
      message: Type.String({ maxLength: 512, description: 'For people.' }),
      ...optional(details, { 'x-extension': true }),
    },
    { title: 'ErrorInfo', description: 'An error as CAMARA has them.' },
  ),
};

/** Under which codes an error comes; most have one, some are a family. */
export function codesOf(type: ErrorClass, style: ErrorStyle, status: number): string[] {
  if (style === 'camara') return [camaraCodeOf(type, status)];
  if (type === InvalidInput || type.prototype instanceof InvalidInput) return ['invalid_input'];
  const family =
    type === DatabaseUnavailable ? [DatabaseConnectionFailed, DatabaseTimedOut, DatabaseQueryFailed] : [type];
  return family.map(({ name }) => name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase());
}

/** @param meanings by code */
export function bodiesOf(
  style: ErrorStyle,
  status: number,
  meanings: ReadonlyMap<string, readonly string[]>,
  inXml: boolean,
): Record<string, object> {
  const media = (shape: keyof typeof shapes, property: string, fixed: Record<string, number> = {}) => ({
    schema: {
      allOf: [shapes[shape], { type: 'object', properties: choices(property, meanings.keys(), fixed) }],
    },
    examples: Object.fromEntries(
      [...meanings].map(([one, [words]]) => [one, { value: { ...fixed, [property]: one, message: words } }]),
    ),
  });
  if (style === 'camara') return { 'application/json': media('ErrorInfo', 'code', { status }) };
  return {
    'application/json': media('Error', 'error'),
    ...(inXml && { 'application/xml': media('XmlError', 'code') }),
  };
}

function choices(property: string, codes: Iterable<string>, fixed: Readonly<Record<string, number>>): object {
  const numbers = Object.entries(fixed).map(([name, value]) => [name, { type: 'integer', enum: [value] }]);
  return { ...Object.fromEntries(numbers), [property]: { type: 'string', enum: [...codes] } };
}
