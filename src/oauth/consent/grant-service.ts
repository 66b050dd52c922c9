import type { Database } from '../../database/database.ts';
import { SCOPE_ADMIN, SCOPE_WEBHOOKS } from '../access-tokens/access-token.ts';
import { GrantNotFound } from './authorization-errors.ts';
import { deleteGrant, findGrantedScopes, listGrants, rememberGrant } from './grant-store.ts';

export type { RememberedGrant } from './grant-store.ts';

export type GrantService = ReturnType<typeof createGrantService>;

/** What users have granted to clients, and may grant. */
export function createGrantService(database: Database) {
  return {
    /** The scopes that the user has granted the client before; undefined when nothing was. */
    grantedScopes: (userId: string, clientId: string) => findGrantedScopes(database, userId, clientId),

    /** Adds to what was granted before. */
    grant: (userId: string, clientId: string, scopes: readonly string[]) =>
      rememberGrant(database, userId, clientId, scopes),

    /** Oldest first. */
    listGrants: (userName: string) => listGrants(database, userName),

    /** Ends the client's tokens for the user, and the ongoing calls that it opened for them. @throws GrantNotFound */
    async withdraw(userName: string, clientId: string): Promise<void> {
      if (!(await deleteGrant(database, userName, clientId))) throw new GrantNotFound(userName, clientId);
    },
  };
}

/** Whether the scope is this user's to grant: `admin` is nobody's but an administrator's, `webhooks` the client's own. */
export function mayGrant(account: { administrator: boolean } | undefined, scope: string): boolean {
  if (scope === SCOPE_WEBHOOKS) return false;
  return scope !== SCOPE_ADMIN || account?.administrator === true;
}
