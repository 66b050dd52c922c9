import type { Database } from '../../database/database.ts';
import { AdministratorRequired, type PresentedToken, type Principal, SCOPE_ADMIN } from './access-token.ts';
import { findPrincipal } from './access-token-store.ts';

export type AccessTokenService = ReturnType<typeof createAccessTokenService>;

/** For routes that must know who acts before they do anything; calls are checked in the round trip that acts. */
export function createAccessTokenService(database: Database) {
  return {
    /**
     * Scope `admin`, and still an administrator now.
     * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, AdministratorRequired
     */
    async requireAdministrator(token: PresentedToken): Promise<Principal> {
      const principal = await findPrincipal(database, token, [SCOPE_ADMIN]);
      if (!principal.administrator) throw new AdministratorRequired();
      return principal;
    },
  };
}
