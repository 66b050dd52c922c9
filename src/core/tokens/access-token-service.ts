import type { Database } from '../../platform/database/database.ts';
import { type PresentedToken, type Principal, SCOPE_ADMIN } from './access-token.ts';
import { findClientOfToken, findPrincipal } from './access-token-store.ts';
import { AdministratorRequired, refusalError } from './token-errors.ts';

export type AccessTokenService = ReturnType<typeof createAccessTokenService>;

/** For routes that must know who acts before they do anything; calls are checked in the round trip that acts. */
export function createAccessTokenService(database: Database) {
  return {
    /** Any one of the scopes is enough. @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
    requireScope: (token: PresentedToken, scopes: readonly string[]): Promise<Principal> =>
      findPrincipal(database, token, scopes),

    /**
     * A client's own token, in a header, with one of the scopes.
     * @returns the client's id
     * @throws TokenInvalid, ScopeMissing, TokenOfUser
     */
    async requireClient(token: PresentedToken, scopes: readonly string[]): Promise<string> {
      if (token.inQuery) throw refusalError('token_in_query', scopes);
      return findClientOfToken(database, token, scopes);
    },

    /**
     * Scope `admin`, in a header, of somebody who is an administrator now.
     * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, AdministratorRequired
     */
    async requireAdministrator(token: PresentedToken): Promise<Principal> {
      if (token.inQuery) throw refusalError('token_in_query', [SCOPE_ADMIN]);
      const principal = await findPrincipal(database, token, [SCOPE_ADMIN]);
      if (!principal.administrator) throw new AdministratorRequired();
      return principal;
    },
  };
}
