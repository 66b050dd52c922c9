import type { Database } from '../../platform/database/database.ts';
import type { Access } from './access.ts';
import { type PresentedToken, type Principal, SCOPE_ADMIN, type TokenUser } from './access-token.ts';
import { findAdministrator, findClientOfToken, findPrincipal, findTokenUser } from './access-token-store.ts';
import { refusalError } from './token-errors.ts';

/** Checks tokens for routes that need the principal first. Statements on calls check the token themselves. */
export interface AccessTokenService {
  /** @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
  requireUser(access: Access): Promise<Principal>;
  /** Requires a token of a user, not in the query. @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
  findTokenUser(access: Access): Promise<TokenUser>;
  /**
   * Requires a client's own token, in a header.
   * @returns the id of the client
   * @throws TokenInvalid, ScopeMissing, TokenOfUser
   */
  requireClient(access: Access): Promise<string>;
  /**
   * Requires the scope `admin`, in a header, of a user who is an administrator now.
   * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, AdministratorRequired, SecondFactorRequired
   */
  requireAdministrator(token: PresentedToken): Promise<Principal>;
}

/** @param secondFactorRequired whether every administrator must have a second factor */
export function createAccessTokenService(
  database: Database,
  secondFactorRequired: boolean,
): AccessTokenService {
  return {
    requireUser: (access) => findPrincipal(database, access),

    async findTokenUser(access) {
      if (access.token.inQuery) throw refusalError('token_in_query', access.scopes);
      return findTokenUser(database, access);
    },

    async requireClient(access) {
      if (access.token.inQuery) throw refusalError('token_in_query', access.scopes);
      return findClientOfToken(database, access);
    },

    async requireAdministrator(token) {
      if (token.inQuery) throw refusalError('token_in_query', [SCOPE_ADMIN]);
      return findAdministrator(database, token, secondFactorRequired);
    },
  };
}
