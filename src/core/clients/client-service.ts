import { randomBytes } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import type { ListPage, PageRequest } from '../../platform/database/paging.ts';
import { type Image, readImage } from '../../platform/image.ts';
import { type Actor, SERVER } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { lockUserById } from '../people/user-store.ts';
import type { AssertionAudience, Client } from './client.ts';
import {
  ClientDescribedByDocument,
  ClientHasNoKey,
  ClientHasNoSecret,
  ClientNotFound,
  PkceNotOptional,
} from './client-errors.ts';
import * as logoStore from './client-logo-store.ts';
import * as removalStore from './client-removal-store.ts';
import { createClientSecret, hashClientSecret } from './client-secret.ts';
import * as store from './client-store.ts';
import { type InitialAccessToken, issueInitialAccessToken } from './initial-access-token.ts';
import { LOGOUT_METADATA, type LogoutRegistration, logoutMetadata } from './logout-registration.ts';
import { createRegistration, type RegisteredClient, type RegistrationDeps } from './register-client.ts';
import type { ClientRegistration } from './registration.ts';

export {
  ASSERTION_AUDIENCES,
  type AssertionAudience,
  type Client,
  type ClientMetadata,
  REGISTRARS,
  type RegisteredBy,
} from './client.ts';
export type { ClientUse } from './client-removal-store.ts';
export { type InitialAccessToken, MAX_REGISTRATIONS } from './initial-access-token.ts';
export { type LogoutRegistration, logoutRegistrationOf } from './logout-registration.ts';
export type { MetadataCheck, RegisteredClient } from './register-client.ts';
export type { ClientRegistration } from './registration.ts';

/** Users per batch when the grants of a client are removed. */
const GRANT_BATCH = 1_000;

/** Lets administrators manage clients. */
export interface ClientService {
  /** @throws ClientNotFound */
  findClient(id: string): Promise<Client>;
  /** Newest first. @throws InvalidInput for an invalid page token */
  listClients(page: PageRequest): Promise<ListPage<Client>>;
  /** Counts what the removal of the client would end. */
  countUse(id: string): Promise<removalStore.ClientUse>;
  /** @throws InvalidInput, ClientMetadataInvalid */
  registerClient(registration: ClientRegistration, actor: Actor): Promise<RegisteredClient>;
  /** Registers a client whose id and secret are published in the documentation. */
  registerDemoClient(
    registration: ClientRegistration,
    id: string,
    secret?: string,
  ): Promise<RegisteredClient>;
  /** The old secret stops working at once. @throws ClientNotFound, ClientHasNoSecret */
  rotateSecret(id: string, actor: Actor): Promise<RegisteredClient>;
  /**
   * Sets which audience the client's assertions may name (private_key_jwt).
   * @throws ClientNotFound, ClientDescribedByDocument, ClientHasNoKey
   */
  setAssertionAudience(id: string, audience: AssertionAudience, actor: Actor): Promise<Client>;
  /**
   * Replaces what the client registered for the sign-out of its users.
   * @throws ClientNotFound, ClientDescribedByDocument, InvalidInput, ClientMetadataInvalid
   */
  setLogout(id: string, logout: LogoutRegistration, actor: Actor): Promise<Client>;
  /**
   * Sets whether each authorization request of the client needs PKCE, or whether a nonce is enough (RFC 9700 section 2.1.1).
   * @throws ClientNotFound, ClientDescribedByDocument, PkceNotOptional
   */
  setPkceRequired(id: string, required: boolean, actor: Actor): Promise<Client>;
  /** The image that the consent page shows; undefined if there is none. */
  findLogo(id: string): Promise<Image | undefined>;
  /**
   * @param content null removes the logo
   * @throws ClientNotFound, ClientDescribedByDocument, InvalidInput
   */
  setLogo(id: string, content: Buffer | null, actor: Actor): Promise<void>;
  /**
   * Issues a token with which clients register themselves, for a day.
   * @param registrations how many clients may use it
   * @throws InvalidInput
   */
  issueInitialAccessToken(registrations: number, actor: Actor): Promise<InitialAccessToken>;
  /**
   * Removes a client with all its grants and tokens, and ends its ongoing calls. First, its tokens become invalid. Then each
   * grant is deleted in its own transaction, because that waits for the lock on the user. The client is deleted last, so that
   * an interrupted removal can be repeated.
   * @throws ClientNotFound
   */
  removeClient(id: string, actor: Actor): Promise<void>;
  /** @param tokenHash SHA-256 of the token of the request; null without a token */
  isOriginRegistered(origin: string, tokenHash: Buffer | null): Promise<boolean>;
  /** Whether a redirect URI of a classic client has this web origin. */
  isOriginOfClassicClient(origin: string): Promise<boolean>;
}

export function createClientService(deps: RegistrationDeps): ClientService {
  const { database } = deps;

  async function findClient(id: string): Promise<Client> {
    const client = await store.findClient(database, id);
    if (!client) throw new ClientNotFound(id);
    return client;
  }

  /** @throws ClientNotFound, ClientDescribedByDocument */
  async function findChangeable(id: string): Promise<Client> {
    const client = await findClient(id);
    if (client.registeredBy === 'document') throw new ClientDescribedByDocument(id);
    return client;
  }

  const register = createRegistration(deps, findClient);

  return {
    findClient,

    async listClients({ size, token }) {
      const after = store.NEWEST_CLIENTS.readPageToken(token);
      return store.NEWEST_CLIENTS.pageOf(await store.listClients(database, after, size + 1), size);
    },

    countUse: (id) => removalStore.countUse(database, id),

    registerClient: (registration, actor) =>
      register(
        registration,
        {
          id: randomBytes(12).toString('hex'),
          registeredBy: actor.kind === 'commandLine' ? 'commandLine' : 'administrator',
        },
        actor,
      ),

    registerDemoClient: (registration, id, secret) =>
      register(registration, { id, registeredBy: 'demo', ...(secret && { secret }) }, SERVER),

    async rotateSecret(id, actor) {
      const client = await findClient(id);
      const secret = createClientSecret();
      await database.transaction(async (tx) => {
        if (!(await store.updateSecret(tx, id, hashClientSecret(secret)))) throw new ClientHasNoSecret(id);
        await recordAct(tx, actor, { action: 'clientSecretRotated', clientId: id });
      });
      return { client, secret };
    },

    async setAssertionAudience(id, audience, actor) {
      const { metadata, assertionAudience: from } = await findChangeable(id);
      if (metadata['token_endpoint_auth_method'] !== 'private_key_jwt') throw new ClientHasNoKey(id);
      if (from === audience) return findClient(id);
      await database.transaction(async (tx) => {
        if (!(await store.updateAssertionAudience(tx, id, audience))) throw new ClientNotFound(id);
        const details = { from, to: audience };
        await recordAct(tx, actor, { action: 'clientAssertionAudienceChanged', clientId: id, details });
      });
      return findClient(id);
    },

    async setLogout(id, logout, actor) {
      const { metadata, classic, secretHash } = await findChangeable(id);
      const others = Object.entries(metadata).filter(
        ([name]) => !LOGOUT_METADATA.some((own) => own === name),
      );
      const changed = { ...Object.fromEntries(others), ...logoutMetadata(logout, deps) };
      const secret = secretHash === null ? undefined : createClientSecret(); // the check needs any secret
      await deps.checkMetadata({
        client_id: id,
        ...(secret !== undefined && { client_secret: secret }),
        classic,
        ...changed,
      });
      await database.transaction(async (tx) => {
        if (!(await store.updateMetadata(tx, id, changed))) throw new ClientNotFound(id);
        await recordAct(tx, actor, { action: 'clientLogoutChanged', clientId: id });
      });
      return findClient(id);
    },

    async setPkceRequired(id, required, actor) {
      const client = await findChangeable(id);
      const isPublic = client.metadata['token_endpoint_auth_method'] === 'none';
      if (!required && (client.classic || isPublic)) throw new PkceNotOptional(id, client.classic);
      if (client.pkceRequired === required) return client;
      await database.transaction(async (tx) => {
        if (!(await store.updatePkceRequired(tx, id, required))) throw new ClientNotFound(id);
        await recordAct(tx, actor, { action: 'clientPkceChanged', clientId: id, details: { required } });
      });
      return findClient(id);
    },

    findLogo: (id) => logoStore.findLogo(database, id),

    async setLogo(id, content, actor) {
      if (content) readImage('logo', content);
      await findChangeable(id);
      await database.transaction(async (tx) => {
        if (content) await logoStore.upsertLogo(tx, id, content);
        else await logoStore.deleteLogo(tx, id);
        const details = { removed: content === null };
        await recordAct(tx, actor, { action: 'clientLogoChanged', clientId: id, details });
      });
    },

    issueInitialAccessToken: (registrations, actor) =>
      issueInitialAccessToken(database, registrations, actor),

    async removeClient(id, actor) {
      await database.transaction(async (tx) => {
        const removal = await removalStore.markClientRemoved(tx, id);
        if (removal === undefined) throw new ClientNotFound(id);
        if (removal === 'started') await recordAct(tx, actor, { action: 'clientRemoved', clientId: id });
      });
      let users: string[];
      do {
        users = await removalStore.listGrantingUsers(database, id, GRANT_BATCH);
        for (const userId of users) await removeGrant(database, id, userId);
      } while (users.length > 0);
      await removalStore.deleteClient(database, id);
    },

    isOriginRegistered: (origin, tokenHash) => store.isOriginRegistered(database, origin, tokenHash),

    async isOriginOfClassicClient(origin) {
      if (!/^https?:/.test(origin)) return false; // all private schemes have the origin "null"
      const redirectUris = await store.listClassicRedirectUris(database);
      return redirectUris.some((uri) => URL.parse(uri)?.origin === origin);
    },
  };
}

/** Locks the user before the grant, in the same order as an erasure. */
async function removeGrant(database: Database, id: string, userId: string): Promise<void> {
  await database.transaction(async (tx) => {
    await lockUserById(tx, userId);
    await removalStore.deleteUsersGrant(tx, id, userId);
  });
}
