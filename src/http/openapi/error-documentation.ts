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
        // Whoever accepts XML is not refused where there is XML.
        status !== 406 && route.schema.produces?.includes('application/xml') === true,
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
  const codes = new Map(types.flatMap((type) => codesOf(type).map((code) => [code, wordsOf(type)])));
  return {
    description: [...new Set(types.map(describe))].join('\n\n'),
    ...(types.some((type) => headersOf(type)) && { headers: Object.assign({}, ...types.map(headersOf)) }),
    content: {
      'application/json': media('Error', 'error', codes),
      ...(inXml && { 'application/xml': media('XmlError', 'code', codes) }),
    },
  };
}

/** @param codes with what they mean */
function media(shape: string, property: string, codes: ReadonlyMap<string, string>): object {
  return {
    schema: {
      allOf: [
        { $ref: `${shape}#` },
        { type: 'object', properties: { [property]: { type: 'string', enum: [...codes.keys()] } } },
      ],
    },
    examples: Object.fromEntries(
      [...codes].map(([code, message]) => [code, { value: { [property]: code, message } }]),
    ),
  };
}

function wordsOf(type: ErrorClass): string {
  const [, words] = descriptions.find(([row]) => row === type) ?? [];
  if (words === undefined) throw new Error(`${type.name} has no description`);
  return words;
}

function describe(type: ErrorClass): string {
  const codes = codesOf(type).map((code) => `\`${code}\``);
  return `${codes.join(', ')}: ${wordsOf(type)}.`;
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
