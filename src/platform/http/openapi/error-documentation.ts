import type { FastifySchema } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { CallTooSoon, RecordingUnavailable } from '../../../core/calls/call-errors.ts';
import { TooManySignIns } from '../../../core/people/people-errors.ts';
import * as token from '../../../core/tokens/access-token.ts';
import type { Entry, ErrorStyle } from '../../../web/entry/request-context.ts';
import { DatabaseUnavailable } from '../../database/database-errors.ts';
import { InvalidInput } from '../../domain-error.ts';
import { CorrelatorHeader } from '../correlator.ts';
import { type ErrorClass, statusOfClass } from '../errors/error-statuses.ts';
import { RequestUnreadable } from '../errors/request-errors.ts';
import { bodiesOf, codesOf } from './error-bodies.ts';
import { descriptions, unreadableBodies } from './error-descriptions.ts';

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
    [...byStatus].map(([status, errors]) => [String(status), response(errors, status, route)]),
  );
}

const ERRORS_OF_TOKENS = [token.TokenMissing, token.TokenInvalid, token.ScopeMissing] as const;

/** What each entry refuses. */
const ERRORS_OF_ENTRIES: Readonly<Record<Entry, readonly ErrorClass[]>> = {
  anyone: [],
  person: [],
  token: [...ERRORS_OF_TOKENS, token.TokenWithoutUser],
  client: [...ERRORS_OF_TOKENS, token.TokenOfUser],
  administrator: [...ERRORS_OF_TOKENS, token.TokenWithoutUser, token.AdministratorRequired],
  // what no definition documents: figures for Prometheus, and pages
  metrics: [],
  console: [],
};

function possibleErrors({ entry, style, schema }: Route): PossibleError[] {
  const types = [
    InvalidInput,
    ...ERRORS_OF_ENTRIES[entry],
    ...(schema.errors ?? []),
    ...(entry === 'anyone' ? [] : [DatabaseUnavailable]),
  ];
  return [
    ...types.map((type) => ({ type, status: statusOfClass(type, style) })),
    ...(schema.body ? [413, 415].map((status) => ({ type: RequestUnreadable, status })) : []),
  ];
}

function response(errors: readonly PossibleError[], status: number, { style, schema }: Route): object {
  const types = errors.map(({ type }) => type);
  const meanings = new Map<string, string[]>();
  for (const type of types)
    for (const code of codesOf(type, style, status))
      meanings.set(code, [...(meanings.get(code) ?? []), wordsOf(type, status)]);
  const headers = Object.assign(
    {},
    ...types.map(headersOf),
    style === 'camara' ? CorrelatorHeader : {},
  ) as object;
  return {
    description: [...meanings].map(([code, words]) => `\`${code}\`: ${words.join('; or ')}.`).join('\n\n'),
    ...(Object.keys(headers).length > 0 && { headers }),
    // Whoever accepts XML is not refused where there is XML.
    content: bodiesOf(style, status, meanings, status !== 406 && inXml(schema)),
  };
}

function inXml({ produces = [] }: FastifySchema): boolean {
  return produces.includes('application/xml');
}

function wordsOf(type: ErrorClass, status: number): string {
  if (type === RequestUnreadable) return unreadableBodies[status] ?? '';
  const [, words] = descriptions.find(([row]) => row === type) ?? [];
  if (words === undefined) throw new Error(`${type.name} has no description`);
  return words;
}

const CHALLENGED: readonly ErrorClass[] = [token.TokenMissing, token.TokenInvalid, token.ScopeMissing];
const TO_BE_RETRIED: readonly ErrorClass[] = [
  CallTooSoon,
  TooManySignIns,
  DatabaseUnavailable,
  RecordingUnavailable,
];

function headersOf(type: ErrorClass): Record<string, TSchema> {
  if (CHALLENGED.includes(type)) {
    return {
      'WWW-Authenticate': Type.String({
        description: 'Which tokens are taken, and what is wrong with this one (RFC 6750, RFC 9449).',
      }),
    };
  }
  if (TO_BE_RETRIED.some((each) => type === each || type.prototype instanceof each)) {
    return { 'Retry-After': Type.Integer({ minimum: 1, description: 'When to try again, in seconds.' }) };
  }
  return {};
}
