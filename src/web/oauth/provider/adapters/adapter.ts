import type { Adapter } from 'oidc-provider';
import { createUserCodeThrottle } from '../../../../core/tokens/user-code-throttle.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { createAccessTokenAdapter } from './access-token-adapter.ts';
import type { AnonymousThrottle } from './anonymous-throttle.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';
import { createAuthorizationAdapter } from './authorization-adapter.ts';
import { createClientAdapter } from './client-adapter.ts';
import { createDeviceCodeAdapter } from './device-code-adapter.ts';
import { createInitialAccessTokenAdapter } from './initial-access-token-adapter.ts';
import { createInteractionAdapter } from './interaction-adapter.ts';
import { createProofAdapter } from './proof-adapter.ts';
import { withProviderErrors } from './provider-errors.ts';
import { createRefreshTokenAdapter } from './refresh-token-adapter.ts';
import { createRotations } from './rotations.ts';
import { createSessionAdapter } from './session-adapter.ts';
import { createTokenIssuer } from './token-issuer.ts';
import type { TokenReader } from './token-reader.ts';

/** Stores each model of the provider in its table. */
export function createAdapterFactory(
  database: Database,
  reader: TokenReader,
  anonymous: AnonymousThrottle,
  refreshTokenGrace: number,
): (model: string) => Adapter {
  const db = withProviderErrors(database);
  const issueToken = createTokenIssuer(database, refreshTokenGrace);
  const rotations = createRotations();
  const userCodes = createUserCodeThrottle(database.pool);

  function createAdapter(model: string): Adapter {
    switch (model) {
      case 'AccessToken':
      case 'ClientCredentials':
        return createAccessTokenAdapter({ db, model, reader, issueToken, rotations });
      case 'RefreshToken':
        return createRefreshTokenAdapter({ db, reader, rotations });
      case 'Grant':
        return createAuthorizationAdapter(db, reader);
      case 'Client':
        return createClientAdapter(database);
      case 'InitialAccessToken':
        return createInitialAccessTokenAdapter(db);
      case 'DeviceCode':
        return createDeviceCodeAdapter(db, userCodes);
      case 'ReplayDetection':
        return createProofAdapter(db);
      case 'Interaction':
        return createInteractionAdapter(db);
      case 'Session':
        return createSessionAdapter(db);
      default:
        return createArtifactAdapter(db, model);
    }
  }

  return (model) => anonymous.throttle(model, createAdapter(model));
}
