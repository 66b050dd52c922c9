import type { Adapter } from 'oidc-provider';
import type { Database } from '../../../../platform/database/database.ts';
import { createAccessTokenAdapter } from './access-token-adapter.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';
import { createAuthorizationAdapter } from './authorization-adapter.ts';
import { createClientAdapter } from './client-adapter.ts';
import { createProofAdapter } from './proof-adapter.ts';
import { inProviderTerms } from './provider-errors.ts';
import { createRefreshTokenAdapter } from './refresh-token-adapter.ts';
import { createRotations } from './rotations.ts';
import { createTokenIssuing } from './token-issuing.ts';
import type { TokenReading } from './token-reading.ts';

/** Gives each of the provider's models the table that holds it. */
export function createAdapterFactory(database: Database, reading: TokenReading): (model: string) => Adapter {
  const db = inProviderTerms(database);
  const issue = createTokenIssuing(database);
  const rotations = createRotations();
  return (model) => {
    switch (model) {
      case 'AccessToken':
      case 'ClientCredentials':
        return createAccessTokenAdapter({ db, model, reading, issue, rotations });
      case 'RefreshToken':
        return createRefreshTokenAdapter({ db, reading, rotations });
      case 'Grant':
        return createAuthorizationAdapter(db, reading);
      case 'Client':
        return createClientAdapter(database);
      case 'ReplayDetection':
        return createProofAdapter(db);
      default:
        return createArtifactAdapter(db, model);
    }
  };
}
