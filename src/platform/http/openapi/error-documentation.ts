import type { FastifySchema } from 'fastify';
import type { ErrorClass, ErrorDeclaration, ErrorStyle } from '../../declared-error.ts';
import { InvalidInput } from '../../domain-error.ts';
import { CorrelatorHeader } from '../correlator.ts';
import { codeOf, statusOf } from '../errors/error-codes.ts';
import { NotAcceptable } from '../errors/request-errors.ts';
import { BodyTooLarge, BodyTypeNotSupported } from '../errors/unreadable-request-errors.ts';
import { bodiesOf } from './error-bodies.ts';
import { headerSchemas } from './headers.ts';

/** The responses of these APIs repeat the request's correlation id. */
const HAVE_CORRELATOR: readonly ErrorStyle[] = ['camara', 'problem'];

interface Route {
  readonly method: string;
  readonly style: ErrorStyle;
  readonly schema: FastifySchema;
  /** Errors of the authentication, in addition to those that the schema names. */
  readonly errors: readonly ErrorClass[];
}

/** @returns the error responses of an operation in OpenAPI, by status */
export function errorResponses(route: Route): Record<string, ErrorResponse> {
  const { style } = route;
  const byStatus = Map.groupBy(possibleErrors(route), ({ declaration }) => statusOf(declaration, style));
  return Object.fromEntries(
    [...byStatus].map(([status, errors]) => [String(status), response(errors, status, route)]),
  );
}

/** The errors that an operation documents. Those that any request may cause come first. */
export function possibleErrors({ method, style, schema, errors }: Route): ErrorClass[] {
  // A body is read, and may be refused, also where the operation has none.
  const ofBody = ['GET', 'HEAD'].includes(method) ? [] : [BodyTooLarge, BodyTypeNotSupported];
  const types = [InvalidInput, ...errors, ...(schema.errors ?? []), ...ofBody];
  const undeclared = types.find(({ declaration }) => style === 'camara' && !declaration.camara);
  if (undeclared) throw new Error(`${undeclared.name} declares no code for CAMARA`);
  return types;
}

/** An error response in OpenAPI. */
interface ErrorResponse {
  readonly description: string;
  /** By media type. */
  readonly content: Readonly<Record<string, object>>;
}

function response(errors: readonly ErrorClass[], status: number, { style, schema }: Route): ErrorResponse {
  const declarations = errors.map(({ declaration }) => declaration);
  const headers = {
    ...headerSchemas(Object.assign({}, ...declarations.map((each) => headersOf(each, style)))),
    ...(HAVE_CORRELATOR.includes(style) && CorrelatorHeader),
  };
  const bodies = bodiesOf(errors, status, style);
  return {
    description: declarations.map((each) => `\`${codeOf(each, style)}\`: ${describe(each)}`).join('\n\n'),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: status === NotAcceptable.declaration.status ? withoutTypes(bodies, schema.produces) : bodies,
  };
}

/** A client that accepts a page never gets 406 from an operation that produces one. JSON is for clients that accept nothing. */
function withoutTypes(bodies: Record<string, object>, produced: readonly string[] = []) {
  const possible = ([type]: [string, object]) => type === 'application/json' || !produced.includes(type);
  return Object.fromEntries(Object.entries(bodies).filter(possible));
}

function describe({ description, retry }: ErrorDeclaration): string {
  return retry === undefined ? description : `${description} Retry ${retry}.`;
}

function headersOf({ headers, problem }: ErrorDeclaration, style: ErrorStyle) {
  return { ...headers, ...(style === 'problem' && problem?.headers) };
}
