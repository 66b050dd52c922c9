import { type TSchema, Type } from '@fastify/type-provider-typebox';
import type { FastifySchema } from 'fastify';
import {
  DatabaseConnectionFailed,
  DatabaseQueryFailed,
  DatabaseTimedOut,
  DatabaseUnavailable,
} from '../../database/database-errors.ts';
import { InvalidInput } from '../../domain-error.ts';
import * as token from '../../oauth/access-tokens/access-token.ts';
import { TooManySignIns } from '../../people/people-errors.ts';
import { statuses } from '../error-responses.ts';
import type { Entry, ErrorStyle } from '../request-context.ts';
import { RequestUnreadable } from '../request-errors.ts';
import { descriptions } from './error-descriptions.ts';
import type { ErrorClass } from './operation.ts';

/** What a route says of itself, as far as its errors follow from it. */
interface Route {
  readonly entry: Entry;
  readonly style: ErrorStyle;
  readonly schema: FastifySchema;
}

interface PossibleError {
  readonly type: ErrorClass;
  readonly status: number;
}

/** The error responses of an operation by status, as OpenAPI documents them. */
export function errorResponses(route: Route): Record<string, object> {
  const byStatus = Map.groupBy(possibleErrors(route), ({ status }) => status);
  return Object.fromEntries(
    [...byStatus].map(([status, errors]) => [
      String(status),
      response(
        errors.map(({ type }) => type),
        route.schema.produces?.includes('application/xml') ?? false,
      ),
    ]),
  );
}

function possibleErrors({ entry, style, schema }: Route): PossibleError[] {
  const types = [
    InvalidInput,
    ...(entry === 'anyone' ? [] : ERRORS_OF_TOKENS),
    ...(entry === 'administrator' ? [token.AdministratorRequired] : []),
    ...(schema.errors ?? []),
    ...(entry === 'anyone' ? [] : [DatabaseUnavailable]),
  ];
  return [
    ...types.map((type) => ({ type, status: statusOf(type, style) })),
    ...(schema.body ? [413, 415].map((status) => ({ type: RequestUnreadable, status })) : []),
  ];
}

const ERRORS_OF_TOKENS = [
  token.TokenMissing,
  token.TokenInvalid,
  token.ScopeMissing,
  token.TokenWithoutUser,
] as const;

function statusOf(type: ErrorClass, style: ErrorStyle): number {
  const [, status] = statuses.find(([row]) => type === row || type.prototype instanceof row) ?? [];
  if (status === undefined) throw new Error(`${type.name} has no status`);
  return typeof status === 'number' ? status : status[style];
}

function response(types: readonly ErrorClass[], inXml: boolean): object {
  const codes = [...new Set(types.flatMap(codesOf))];
  return {
    description: [...new Set(types.map(describe))].join('\n\n'),
    ...(types.some((type) => headersOf(type)) && { headers: Object.assign({}, ...types.map(headersOf)) }),
    content: {
      'application/json': { schema: { allOf: [{ $ref: 'Error#' }, only('error', codes)] } },
      ...(inXml && {
        'application/xml': { schema: { allOf: [{ $ref: 'XmlError#' }, only('code', codes)] } },
      }),
    },
  };
}

/** The codes that a response can have. */
function only(property: string, codes: readonly string[]): object {
  return { type: 'object', properties: { [property]: { type: 'string', enum: codes } } };
}

function describe(type: ErrorClass): string {
  const [, words] = descriptions.find(([row]) => row === type) ?? [];
  if (words === undefined) throw new Error(`${type.name} has no description`);
  const codes = codesOf(type).map((code) => `\`${code}\``);
  return `${codes.join(', ')}: ${words}.`;
}

/** Most errors have one; some are a family. */
function codesOf(type: ErrorClass): string[] {
  if (type === RequestUnreadable) return codesOf(InvalidInput);
  const members =
    type === DatabaseUnavailable ? [DatabaseConnectionFailed, DatabaseTimedOut, DatabaseQueryFailed] : [type];
  return members.map(({ name }) => name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase());
}

const CHALLENGED: readonly ErrorClass[] = [token.TokenMissing, token.TokenInvalid, token.ScopeMissing];
const TO_BE_RETRIED: readonly ErrorClass[] = [TooManySignIns, DatabaseUnavailable];

function headersOf(type: ErrorClass): Record<string, TSchema> | undefined {
  if (CHALLENGED.includes(type)) {
    return {
      'WWW-Authenticate': Type.String({
        description: 'Which tokens are taken, and what is wrong with this one (RFC 6750, RFC 9449).',
      }),
    };
  }
  if (TO_BE_RETRIED.includes(type)) {
    return { 'Retry-After': Type.Integer({ minimum: 1, description: 'When to try again, in seconds.' }) };
  }
  return undefined;
}
