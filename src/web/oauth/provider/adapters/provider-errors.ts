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
  if (error instanceof DatabaseUnavailable) return asUnavailable(error);
  if (error instanceof DomainError && error.declaration.status === TOO_MANY_REQUESTS) {
    currentRequest()?.set(error.headers('oauth') as Record<string, string>);
    return Object.assign(asUnavailable(error), { allow_redirect: false });
  }
  return error;
}

function asUnavailable(error: DeclaredError): Error {
  const { status } = error.declaration;
  const unavailable = new errors.TemporarilyUnavailable(error.message, { cause: error });
  return Object.assign(unavailable, { status, statusCode: status });
}

/** The grant was withdrawn during the request. */
export function createGrantWithdrawn(cause?: Error): Error {
  return new errors.InvalidGrant({ detail: 'the grant was withdrawn', ...(cause && { cause }) });
}
