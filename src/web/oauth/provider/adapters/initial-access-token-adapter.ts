import type { Adapter } from 'oidc-provider';
import { hashClientSecret } from '../../../../core/clients/client-secret.ts';
import { findInitialAccessTokenExpiry } from '../../../../core/clients/initial-access-token-store.ts';
import type { Queryable } from '../../../../platform/database/database.ts';
import { unsupported } from './unsupported.ts';

/** Tokens for dynamic registration. An administrator issues them; the registration of a client counts their use (client-adapter.ts). */
export function createInitialAccessTokenAdapter(db: Queryable): Adapter {
  return {
    ...unsupported,

    async find(id) {
      const expires = await findInitialAccessTokenExpiry(db, hashClientSecret(id));
      return expires && { jti: id, kind: 'InitialAccessToken', exp: Math.floor(expires.getTime() / 1000) };
    },
  };
}
