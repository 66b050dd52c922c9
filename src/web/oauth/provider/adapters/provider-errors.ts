import { errors } from 'oidc-provider';
import type { Database, Statement } from '../../../../platform/database/database.ts';
import {
  DatabaseUnavailable,
  FOREIGN_KEY_VIOLATION,
  StatementRejected,
} from '../../../../platform/database/database-errors.ts';
import type { DeclaredError } from '../../../../platform/declared-error.ts';
import { DomainError, InvalidInput } from '../../../../platform/domain-error.ts';
import { currentRequest } from './current-request.ts';

const TOO_MANY_REQUESTS = 429;

/** A database whose errors are the provider's, which presents no others. */
export function withProviderErrors(database: Database): Pick<Database, 'query' | 'transaction'> {
  return {
    query: <Row extends object>(statement: Statement, values?: readonly unknown[]) =>
      database.query<Row>(statement, values).catch(throwProviderError),
    transaction: (work) => database.transaction(work).catch(throwProviderError),
  };
}

export function throwProviderError(error: unknown): never {
  throw asProviderError(error);
}

export function asProviderError(error: unknown): unknown {
  if (error instanceof StatementRejected && error.sqlState === FOREIGN_KEY_VIOLATION)
    return createGrantWithdrawn(error);
  if (error instanceof InvalidInput) return new errors.InvalidRequest(error.message);
  if (error instanceof DatabaseUnavailable) return withStatus(error, errors.TemporarilyUnavailable);
  if (error instanceof DomainError && error.declaration.status === TOO_MANY_REQUESTS)
    return withoutRedirect(error, errors.TemporarilyUnavailable);
  return error;
}

type ProviderError = typeof errors.TemporarilyUnavailable | typeof errors.InvalidClient;

/** An error that the provider presents itself, with its headers, instead of sending it to the redirect URI. */
export function withoutRedirect(error: DomainError, As: ProviderError): Error {
  currentRequest()?.set(error.headers('oauth') as Record<string, string>);
  return Object.assign(withStatus(error, As), { allow_redirect: false });
}

function withStatus(error: DeclaredError, As: ProviderError): Error {
  const { status } = error.declaration;
  return Object.assign(new As(error.message, { cause: error }), { status, statusCode: status });
}

/** The grant was withdrawn during the request. */
export function createGrantWithdrawn(cause?: Error): Error {
  return new errors.InvalidGrant({ detail: 'the grant was withdrawn', ...(cause && { cause }) });
}
