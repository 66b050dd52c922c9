import type { Database } from '../../platform/database/database.ts';
import type { Access } from './access.ts';
import { type PresentedToken, type Principal, SCOPE_ADMIN } from './access-token.ts';
import { findClientOfToken, findPrincipal } from './access-token-store.ts';
import { AdministratorRequired, refusalError } from './token-errors.ts';

/** Checks tokens for routes that need the principal first. Statements on calls check the token themselves. */
export interface AccessTokenService {
  /** @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
  requireUser(access: Access): Promise<Principal>;
  /**
   * Requires a client's own token, in a header.
   * @returns the id of the client
   * @throws TokenInvalid, ScopeMissing, TokenOfUser
   */
  requireClient(access: Access): Promise<string>;
  /**
   * Requires the scope `admin`, in a header, of a user who is an administrator now.
   * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, AdministratorRequired
   */
  requireAdministrator(token: PresentedToken): Promise<Principal>;
}

export function createAccessTokenService(database: Database): AccessTokenService {
  return {
    requireUser: (access) => findPrincipal(database, access),

    async requireClient(access) {
      if (access.token.inQuery) throw refusalError('token_in_query', access.scopes);
      return findClientOfToken(database, access);
    },

    async requireAdministrator(token) {
      const access = { token, scopes: [SCOPE_ADMIN] };
      if (token.inQuery) throw refusalError('token_in_query', access.scopes);
      const principal = await findPrincipal(database, access);
      if (!principal.administrator) throw new AdministratorRequired();
      return principal;
    },
  };
}
