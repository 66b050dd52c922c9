import type { FastifyInstance, RouteOptions } from 'fastify';
import type { ErrorClass, ErrorDeclaration, ErrorStyle } from '../../platform/declared-error.ts';
import { codeOf, detailsOf, statusOf } from '../../platform/http/errors/error-codes.ts';
import { InternalError, MethodNotAllowed, NotFound } from '../../platform/http/errors/request-errors.ts';
import {
  AddressTooLong,
  HeadersTooLarge,
  RequestTimedOut,
  RequestUnreadable,
} from '../../platform/http/errors/unreadable-request-errors.ts';
import { possibleErrors } from '../../platform/http/openapi/error-documentation.ts';
import { API_PATH } from '../api/base-path.ts';
import { errorsOfEntry } from '../entry/entry-errors.ts';

/** The APIs whose errors have a code of this server, by their error style. */
export const API_NAMES = {
  problem: API_PATH,
  camara: 'CAMARA Click to Dial',
  classic: 'Classic API',
  own: 'Admin API and pages',
} as const satisfies Partial<Record<ErrorStyle, string>>;

type Api = keyof typeof API_NAMES;

/** How an API returns an error. */
export interface ApiResponse {
  readonly api: Api;
  readonly status: number;
  /** The code in the format of the API. */
  readonly code: string;
  /** The names of the further properties. */
  readonly properties: readonly string[];
}

/** An error, and the APIs that return it. */
export interface CatalogEntry {
  readonly declaration: ErrorDeclaration;
  readonly responses: readonly ApiResponse[];
}

/** Errors that any request may get, before it reaches a route or in one. */
const OF_ANY_REQUEST: readonly ErrorClass[] = [
  RequestUnreadable,
  NotFound,
  MethodNotAllowed,
  RequestTimedOut,
  AddressTooLong,
  HeadersTooLarge,
  InternalError,
];

/**
 * Collects the errors of the routes that are registered after this call.
 * @returns a function that returns all errors by their code, in alphabetical order
 */
export function collectErrors(app: FastifyInstance): () => ReadonlyMap<string, readonly CatalogEntry[]> {
  const apisByError = new Map<ErrorClass, Set<Api>>();
  app.addHook('onRoute', (route) => {
    const api = route.config?.errorStyle ?? 'own';
    if (!isApi(api)) return;
    for (const error of [...OF_ANY_REQUEST, ...errorsOf(route, api)])
      apisByError.set(error, (apisByError.get(error) ?? new Set()).add(api));
  });
  return () => {
    const entries = [...apisByError].map(([{ declaration }, apis]) => entryOf(declaration, apis));
    entries.sort((one, other) => compare(one.declaration, other.declaration));
    return Map.groupBy(entries, ({ declaration }) => declaration.code);
  };
}

function isApi(style: ErrorStyle): style is Api {
  return style in API_NAMES;
}

/** Pages are no part of an API; the definition leaves them out, too. */
function errorsOf({ method, config, schema }: RouteOptions, style: Api): readonly ErrorClass[] {
  if (!schema || schema.hide) return [];
  return possibleErrors({
    method: String(method),
    style,
    schema,
    errors: errorsOfEntry[config?.entry ?? 'anyone'],
  });
}

function entryOf(declaration: ErrorDeclaration, apis: ReadonlySet<Api>): CatalogEntry {
  const returning = (Object.keys(API_NAMES) as Api[]).filter((api) => apis.has(api));
  return {
    declaration,
    responses: returning.map((api) => ({
      api,
      status: statusOf(declaration, api),
      code: codeOf(declaration, api),
      properties: Object.keys(detailsOf(declaration, api)),
    })),
  };
}

function compare(one: ErrorDeclaration, other: ErrorDeclaration): number {
  return one.code.localeCompare(other.code, 'en') || one.status - other.status;
}
