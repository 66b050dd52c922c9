import { errors } from 'oidc-provider';
import type { Database, Statement } from '../../../../platform/database/database.ts';
import {
  DatabaseUnavailable,
  FOREIGN_KEY_VIOLATION,
  StatementRejected,
} from '../../../../platform/database/database-errors.ts';
import { InvalidInput } from '../../../../platform/domain-error.ts';

/** The provider understands its own errors only. */
export function inProviderTerms(database: Database): Pick<Database, 'query' | 'transaction'> {
  return {
    query: <Row extends object>(statement: Statement, values?: readonly unknown[]) =>
      database.query<Row>(statement, values).catch(throwProviderError),
    transaction: (work) => database.transaction(work).catch(throwProviderError),
  };
}

export function throwProviderError(error: unknown): never {
  throw asProviderError(error);
}

function asProviderError(error: unknown): unknown {
  if (error instanceof StatementRejected && error.sqlState === FOREIGN_KEY_VIOLATION)
    return grantWithdrawn(error);
  if (error instanceof InvalidInput) return new errors.InvalidRequest(error.message);
  if (error instanceof DatabaseUnavailable) {
    const { status } = error.declaration;
    const unavailable = new errors.TemporarilyUnavailable(error.message, { cause: error });
    return Object.assign(unavailable, { status, statusCode: status });
  }
  return error;
}

/** While the request was answered. */
export function grantWithdrawn(cause?: Error): Error {
  return new errors.InvalidGrant({ detail: 'the grant was withdrawn meanwhile', ...(cause && { cause }) });
}
