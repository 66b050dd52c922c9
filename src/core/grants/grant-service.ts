import type { Database } from '../../platform/database/database.ts';
import { type ListPage, orderedByKey, type PageRequest } from '../../platform/database/paging.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import type { NewClient } from '../clients/client.ts';
import { recordDocumentClient } from '../clients/record-client.ts';
import type { AdministrationCheck, SecondFactorStanding } from '../console-sessions/administration-check.ts';
import { USER_NAME } from '../people/user-input.ts';
import type { Account } from '../people/user-store.ts';
import { SCOPE_ADMIN, SCOPE_PHONE, SCOPE_WEBHOOKS } from '../tokens/access-token.ts';
import { GrantNotFound } from './grant-errors.ts';
import * as store from './grant-store.ts';

export type { GrantOfClient, RememberedGrant } from './grant-store.ts';

const GRANTS_BY_USER = orderedByKey<store.GrantOfClient>(USER_NAME, ({ userName }) => userName);

/** The user's decision on the requested scopes. */
export interface Choice {
  readonly granted: readonly string[];
  readonly refused: readonly string[];
}

/** The context of the decision. */
export interface ChoiceContext {
  readonly ipAddress: string;
  /** Id of the authorization in progress, if any. */
  readonly currentAuthorizationId?: string | undefined;
  /** The client as its document describes it; undefined for a registered client. */
  readonly documentClient?: NewClient | undefined;
}

/** The grants of users to clients. */
export interface GrantService {
  /**
   * Checks whether the browser has verified the second factor that these scopes need; if it is `missing`, the user may not grant them.
   * @param consoleToken value of the browser's console cookie
   */
  checkSecondFactor(
    userId: string,
    scopes: readonly string[],
    consoleToken?: string,
  ): Promise<SecondFactorStanding>;
  /** Records that the browser that granted an authorization had verified the second factor. */
  recordSecondFactor(authorizationId: string): Promise<void>;
  /** @returns the scopes that the user has granted to the client; undefined without a grant */
  findGrantedScopes(userId: string, clientId: string): Promise<string[] | undefined>;
  /**
   * Adds scopes to the grant, and removes scopes that the user refuses now. If a granted scope is removed, the client's tokens
   * for the user end. Stores a client that a document describes, in the same transaction.
   * @throws ClientNotFound while such a client is being removed
   */
  grant(userId: string, clientId: string, choice: Choice, context: ChoiceContext): Promise<void>;
  /** Records a refusal. Earlier grants stay. */
  refuse(userId: string, clientId: string, scopes: readonly string[], ipAddress: string): Promise<void>;
  /** Oldest first. */
  listGrants(userName: string): Promise<store.RememberedGrant[]>;
  /** @throws GrantNotFound */
  findGrant(userName: string, clientId: string): Promise<store.RememberedGrant>;
  /** By user name. @throws InvalidInput for an invalid page token */
  listGrantsOfClient(clientId: string, page: PageRequest): Promise<ListPage<store.GrantOfClient>>;
  /** Ends the client's tokens for the user, and the ongoing calls that it opened for the user. @throws GrantNotFound */
  withdraw(userName: string, clientId: string, actor: Actor): Promise<void>;
}

export function createGrantService(
  database: Database,
  checkAdministration: AdministrationCheck = async () => 'missing',
): GrantService {
  return {
    checkSecondFactor: async (userId, scopes, consoleToken) =>
      scopes.includes(SCOPE_ADMIN) ? checkAdministration(userId, consoleToken) : 'notNeeded',

    recordSecondFactor: (authorizationId) => store.recordSecondFactor(database, authorizationId),

    findGrantedScopes: (userId, clientId) => store.findGrantedScopes(database, userId, clientId),

    async grant(userId, clientId, { granted, refused }, context) {
      const { ipAddress, currentAuthorizationId, documentClient } = context;
      const actor = { kind: 'user', userId, clientId, ipAddress } as const;
      const details = { scopes: granted, ...(refused.length > 0 && { refused }) };
      await database.transaction(async (tx) => {
        // Before the grant, in the same order as the removal of a client.
        if (documentClient) await recordDocumentClient(tx, documentClient, actor);
        const before = await store.lockGrantedScopes(tx, userId, clientId);
        if (refused.some((scope) => before.includes(scope)))
          await store.endAuthorizations(tx, userId, clientId, currentAuthorizationId);
        await store.rememberGrant(tx, userId, clientId, granted, refused);
        await recordAct(tx, actor, { action: 'grantAllowed', userId, clientId, details });
      });
    },

    refuse: (userId, clientId, scopes, ipAddress) =>
      recordAct(
        database,
        { kind: 'user', userId, clientId, ipAddress },
        { action: 'grantRefused', userId, clientId, details: { scopes } },
      ),

    listGrants: (userName) => store.listGrants(database, userName),

    async findGrant(userName, clientId) {
      const grant = (await store.listGrants(database, userName)).find((each) => each.clientId === clientId);
      if (!grant) throw new GrantNotFound(userName, clientId);
      return grant;
    },

    async listGrantsOfClient(clientId, { size, token }) {
      const after = GRANTS_BY_USER.readPageToken(token);
      return GRANTS_BY_USER.pageOf(
        await store.listGrantsOfClient(database, clientId, after ?? '', size + 1),
        size,
      );
    },

    async withdraw(userName, clientId, actor) {
      await database.transaction(async (tx) => {
        const userId = await store.deleteGrant(tx, userName, clientId);
        if (userId === undefined) throw new GrantNotFound(userName, clientId);
        await recordAct(tx, actor, { action: 'grantWithdrawn', userId, clientId });
      });
    },
  };
}

/** Whether the user has what a scope gives. Only administrators may grant `admin`; no user grants `webhooks`. */
export function mayGrant(
  user: Pick<Account, 'administrator' | 'phoneNumber'> | undefined,
  scope: string,
): boolean {
  switch (scope) {
    case SCOPE_WEBHOOKS:
      return false;
    case SCOPE_ADMIN:
      return user?.administrator === true;
    case SCOPE_PHONE:
      return typeof user?.phoneNumber === 'string';
    default:
      return true;
  }
}
