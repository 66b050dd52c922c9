import type { Database } from '../../platform/database/database.ts';
import type { Access } from './access.ts';
import { type PresentedToken, type Principal, SCOPE_ADMIN } from './access-token.ts';
import { findClientOfToken, findPrincipal } from './access-token-store.ts';
import { AdministratorRequired, refusalError } from './token-errors.ts';

export type AccessTokenService = ReturnType<typeof createAccessTokenService>;

/** For routes that must know who acts before they do anything; calls are checked in the round trip that acts. */
export function createAccessTokenService(database: Database) {
  return {
    /** @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
    requireUser: (access: Access): Promise<Principal> => findPrincipal(database, access),

    /**
     * A client's own token, in a header.
     * @returns the client's id
     * @throws TokenInvalid, ScopeMissing, TokenOfUser
     */
    async requireClient(access: Access): Promise<string> {
      if (access.token.inQuery) throw refusalError('token_in_query', access.scopes);
      return findClientOfToken(database, access);
    },

    /**
     * Scope `admin`, in a header, of somebody who is an administrator now.
     * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, AdministratorRequired
     */
    async requireAdministrator(token: PresentedToken): Promise<Principal> {
      const access = { token, scopes: [SCOPE_ADMIN] };
      if (token.inQuery) throw refusalError('token_in_query', access.scopes);
      const principal = await findPrincipal(database, access);
      if (!principal.administrator) throw new AdministratorRequired();
      return principal;
    },
  };
}
