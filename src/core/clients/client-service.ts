import { randomBytes } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import { type Actor, SERVER } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { lockUserById } from '../people/user-store.ts';
import { ClientHasNoSecret, ClientNotFound } from './client-errors.ts';
import { createClientSecret, hashClientSecret } from './client-secret.ts';
import * as store from './client-store.ts';
import { recordClient } from './record-client.ts';
import { checkRedirectUris, metadataOf, originsOf, type Registration } from './registration.ts';

export type { Client, ClientMetadata, ClientUse, RegisteredBy } from './client-store.ts';
export type { Registration } from './registration.ts';

/** How many users are looked up at a time when a client is removed. */
const GRANTS_AT_ONCE = 1_000;

/** A client with its secret, which is shown this once and kept only as a hash. */
export interface RegisteredClient {
  readonly client: store.Client;
  readonly secret: string | undefined;
}

/** Checks metadata, secret included, by the rules of the authorization server. @throws ClientMetadataInvalid */
export type MetadataCheck = (metadata: store.ClientMetadata) => Promise<void>;

export type ClientService = ReturnType<typeof createClientService>;

/** What administrators do with registered applications. */
export function createClientService(database: Database, checkMetadata: MetadataCheck) {
  async function register(
    registration: Registration,
    fixed: FixedProperties,
    actor: Actor,
  ): Promise<RegisteredClient> {
    const { name, classic = false } = registration;
    if (classic && registration.public) {
      throw new InvalidInput('classic', 'A classic client has a secret, so it cannot be public.');
    }
    if (!/\S/.test(name) || name.length > 100)
      throw new InvalidInput('name', 'name must have 1 to 100 characters.');
    checkRedirectUris(registration.redirectUris);
    const metadata = metadataOf(registration);
    const secret = registration.public ? undefined : (fixed.secret ?? createClientSecret());
    await checkMetadata({
      client_id: fixed.id,
      ...(secret && { client_secret: secret }),
      classic,
      ...metadata,
    });
    const client = {
      id: fixed.id,
      name,
      classic,
      secretHash: secret ? hashClientSecret(secret) : null,
      origins: originsOf(registration.redirectUris, registration.origins ?? []),
      metadata,
      demo: fixed.registeredBy === 'demo',
      registeredBy: fixed.registeredBy,
    };
    await recordClient(database, client, actor);
    return { client: await findClient(fixed.id), secret };
  }

  /** The user is locked before the grant, as whoever erases the user does it. */
  async function removeGrant(id: string, userId: string): Promise<void> {
    await database.transaction(async (tx) => {
      await lockUserById(tx, userId);
      await store.deleteUsersGrant(tx, id, userId);
    });
  }

  async function findClient(id: string): Promise<store.Client> {
    const client = await store.findClient(database, id);
    if (!client) throw new ClientNotFound(id);
    return client;
  }

  return {
    findClient,
    listClients: () => store.listClients(database),

    /** What would end with it. */
    countUse: (id: string) => store.countUse(database, id),

    /** @throws InvalidInput, ClientMetadataInvalid */
    registerClient: (registration: Registration, actor: Actor) =>
      register(
        registration,
        {
          id: randomBytes(12).toString('hex'),
          registeredBy: actor.kind === 'commandLine' ? 'commandLine' : 'administrator',
        },
        actor,
      ),

    /** Registers a client whose id and secret are published in the documentation. */
    registerDemoClient: (registration: Registration, id: string, secret?: string) =>
      register(registration, { id, registeredBy: 'demo', ...(secret && { secret }) }, SERVER),

    /** The old secret stops working at once. @throws ClientNotFound, ClientHasNoSecret */
    async rotateSecret(id: string, actor: Actor): Promise<RegisteredClient> {
      const client = await findClient(id);
      const secret = createClientSecret();
      await database.transaction(async (tx) => {
        if (!(await store.updateSecret(tx, id, hashClientSecret(secret)))) throw new ClientHasNoSecret(id);
        await recordAct(tx, actor, { action: 'clientSecretRotated', clientId: id });
      });
      return { client, secret };
    },

    /**
     * All grants and tokens of the client go with it, and its ongoing calls end. Its tokens stop counting first. Then each
     * user's grant goes by itself, however many there are: that waits for the user's lock, and nothing else may be locked
     * meanwhile. The client goes last, so that what was broken off can be done again.
     * @throws ClientNotFound
     */
    async removeClient(id: string, actor: Actor): Promise<void> {
      await database.transaction(async (tx) => {
        const removal = await store.markRemoved(tx, id);
        if (removal === undefined) throw new ClientNotFound(id);
        if (removal === 'begun') await recordAct(tx, actor, { action: 'clientRemoved', clientId: id });
      });
      let users: string[];
      do {
        users = await store.listGrantingUsers(database, id, GRANTS_AT_ONCE);
        for (const userId of users) await removeGrant(id, userId);
      } while (users.length > 0);
      await store.deleteClient(database, id);
    },

    /** @param tokenHash SHA-256 of the token that came along, null when none did */
    isOriginRegistered: (origin: string, tokenHash: Buffer | null) =>
      store.isOriginRegistered(database, origin, tokenHash),
  };
}

interface FixedProperties {
  readonly id: string;
  readonly secret?: string;
  readonly registeredBy: store.RegisteredBy;
}
