import type { Actor } from '../../audit/actor.ts';
import { recordAct } from '../../audit/audit-store.ts';
import type { Database } from '../../database/database.ts';
import { SCOPE_ADMIN, SCOPE_WEBHOOKS } from '../access-tokens/access-token.ts';
import { GrantNotFound } from './authorization-errors.ts';
import {
  deleteGrant,
  findGrantedScopes,
  listGrants,
  listGrantsOfClient,
  type RememberedGrant,
  rememberGrant,
} from './grant-store.ts';

export type { GrantOfClient, RememberedGrant } from './grant-store.ts';

export type GrantService = ReturnType<typeof createGrantService>;

/** What users have granted to clients, and may grant. */
export function createGrantService(database: Database) {
  return {
    /** The scopes that the user has granted the client before; undefined when nothing was. */
    grantedScopes: (userId: string, clientId: string) => findGrantedScopes(database, userId, clientId),

    /** Adds to what was granted before. */
    async grant(
      userId: string,
      clientId: string,
      scopes: readonly string[],
      ipAddress: string,
    ): Promise<void> {
      const actor = { kind: 'user', userId, clientId, ipAddress } as const;
      await database.transaction(async (tx) => {
        await rememberGrant(tx, userId, clientId, scopes);
        await recordAct(tx, actor, { action: 'grantAllowed', userId, clientId, details: { scopes } });
      });
    },

    /** Whatever was granted before stays. */
    refuse: (userId: string, clientId: string, scopes: readonly string[], ipAddress: string): Promise<void> =>
      recordAct(
        database,
        { kind: 'user', userId, clientId, ipAddress },
        { action: 'grantRefused', userId, clientId, details: { scopes } },
      ),

    /** Oldest first. */
    listGrants: (userName: string) => listGrants(database, userName),

    /** @throws GrantNotFound */
    async findGrant(userName: string, clientId: string): Promise<RememberedGrant> {
      const grant = (await listGrants(database, userName)).find((each) => each.clientId === clientId);
      if (!grant) throw new GrantNotFound(userName, clientId);
      return grant;
    },

    /** By the users' names, from the one after `after`. */
    listGrantsOfClient: (clientId: string, after: string, size: number) =>
      listGrantsOfClient(database, clientId, after, size),

    /** Ends the client's tokens for the user, and the ongoing calls that it opened for them. @throws GrantNotFound */
    async withdraw(userName: string, clientId: string, actor: Actor): Promise<void> {
      await database.transaction(async (tx) => {
        const userId = await deleteGrant(tx, userName, clientId);
        if (userId === undefined) throw new GrantNotFound(userName, clientId);
        await recordAct(tx, actor, { action: 'grantWithdrawn', userId, clientId });
      });
    },
  };
}

/** Whether the scope is this user's to grant: `admin` is nobody's but an administrator's, `webhooks` the client's own. */
export function mayGrant(account: { administrator: boolean } | undefined, scope: string): boolean {
  if (scope === SCOPE_WEBHOOKS) return false;
  return scope !== SCOPE_ADMIN || account?.administrator === true;
}
