import type { Adapter } from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { Database, Statement } from '../../../database/database.ts';
import {
  DatabaseQueryFailed,
  DatabaseUnavailable,
  FOREIGN_KEY_VIOLATION,
} from '../../../database/database-errors.ts';
import { InvalidInput } from '../../../domain-error.ts';
import { createAccessTokenAdapter } from './access-token-adapter.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';
import { createAuthorizationAdapter } from './authorization-adapter.ts';
import { createClientAdapter } from './client-adapter.ts';
import { createProofAdapter } from './proof-adapter.ts';

/** Gives each of the provider's models the table that holds it. */
export function createAdapterFactory(database: Database): (model: string) => Adapter {
  const db = inProviderTerms(database);
  return (model) => {
    switch (model) {
      case 'AccessToken':
      case 'ClientCredentials':
        return createAccessTokenAdapter(db, model);
      case 'Grant':
        return createAuthorizationAdapter(db);
      case 'Client':
        return createClientAdapter(db);
      case 'ReplayDetection':
        return createProofAdapter(db);
      default:
        return createArtifactAdapter(db, model);
    }
  };
}

/** The provider understands its own errors only. */
function inProviderTerms(database: Database): Pick<Database, 'query' | 'transaction'> {
  const translate = (error: unknown): never => {
    throw asProviderError(error);
  };
  return {
    query: <Row extends object>(statement: Statement, values?: readonly unknown[]) =>
      database.query<Row>(statement, values).catch(translate),
    transaction: (work) => database.transaction(work).catch(translate),
  };
}

function asProviderError(error: unknown): unknown {
  if (error instanceof DatabaseQueryFailed && error.sqlState === FOREIGN_KEY_VIOLATION) {
    return new errors.InvalidGrant({ detail: 'the grant was withdrawn meanwhile', cause: error });
  }
  if (error instanceof InvalidInput) return new errors.InvalidRequest(error.message);
  if (error instanceof DatabaseUnavailable) {
    const unavailable = new errors.TemporarilyUnavailable(error.message, { cause: error });
    return Object.assign(unavailable, { status: 503, statusCode: 503 });
  }
  return error;
}
