import type { FastifyBaseLogger } from 'fastify';
import type Provider from 'oidc-provider';
import { type Client, errors } from 'oidc-provider';
import type { LogoutMessage, LogoutNotice } from '../../../core/back-channel-logout/logout-notices.ts';
import { ClientMetadataInvalid } from '../../../core/clients/client-errors.ts';
import type { MetadataCheck } from '../../../core/clients/client-service.ts';
import type { RedirectUriPolicy } from '../../../core/clients/redirect-uris.ts';
import { createAdministrationCheck } from '../../../core/console-sessions/administration-check.ts';
import { findGrantedScopes, recordSecondFactor } from '../../../core/grants/grant-store.ts';
import { findAccount } from '../../../core/people/user-store.ts';
import { KEYS_READ_EVERY_SECONDS, readKeys } from '../../../core/signing-keys/signing-keys.ts';
import type { Database } from '../../../platform/database/database.ts';
import { startPeriodicJob } from '../../../platform/jobs/periodic-job.ts';
import { type CookieNames, cookieNames } from '../../entry/cookie-names.ts';
import type { PublishedApi } from '../../entry/protected-api.ts';
import { createAdapterFactory } from './adapters/adapter.ts';
import { createAnonymousThrottle } from './adapters/anonymous-throttle.ts';
import { findFormerInteraction, recordResponse } from './adapters/interaction-adapter.ts';
import { withProviderErrors } from './adapters/provider-errors.ts';
import { updateSession } from './adapters/session-adapter.ts';
import { createTokenReader } from './adapters/token-reader.ts';
import { createClientDocuments } from './client-documents.ts';
import { type Introspection, type IntrospectionRequest, introspect } from './introspection.ts';
import { createLogoutMessage } from './logout-message.ts';
import { createProvider } from './provider.ts';
import type { FindFormerInteraction } from './provider-error-page.ts';

export interface AuthorizationServer {
  /** The provider with the current keys. It is replaced when the keys change, so read this property for each request. */
  readonly provider: Provider;
  /** Lets the current provider respond to a request. */
  readonly respond: ReturnType<Provider['callback']>;
  /** @returns undefined if the provider has to answer: see introspection.ts */
  introspect(request: IntrospectionRequest): Promise<Introspection | undefined>;
  /** Accepts the metadata that dynamic registration accepts, and the classic flag. @throws ClientMetadataInvalid */
  readonly checkMetadata: MetadataCheck;
  readonly cookieNames: CookieNames;
  /**
   * Finds a client for a request that the provider is not handling.
   * @param ipAddress of the request, which counts if it makes the server read a document of a client
   * @throws ClientDocumentRefused, ClientDocumentUnavailable, TooManyAnonymousRequests
   */
  findClient(id: string, ipAddress: string): Promise<Client | undefined>;
  /** @returns undefined for a client that was removed, or has no address for logout tokens */
  createLogoutMessage(notice: LogoutNotice): Promise<LogoutMessage | undefined>;
  /** Finds what a browser can no longer answer. */
  readonly findFormerInteraction: FindFormerInteraction;
  stop(): Promise<void>;
}

/** For a server that answers requests; the command line only lets it check metadata. */
export interface AuthorizationServerSettings {
  readonly secondFactorRequired?: boolean;
  readonly redirectUriPolicy?: RedirectUriPolicy;
  /** The hosts whose documents may describe clients; none: no document may. See `isDocumentHost`. */
  readonly clientDocumentHosts?: readonly string[];
  /** Private hosts to which logout tokens may be sent, and whose documents may be read, as `host` or `host:port`. */
  readonly allowHosts?: readonly string[];
  readonly anonymousRequestsPerMinute?: number;
  /** Seconds for which a used refresh token is accepted again. */
  readonly refreshTokenGrace?: number;
  readonly apis?: readonly PublishedApi[];
}

/** Creates the provider with the keys in the database, and again whenever the keys change. */
export async function startAuthorizationServer(
  database: Database,
  issuer: string,
  log: FastifyBaseLogger,
  {
    secondFactorRequired = false,
    redirectUriPolicy = { allowHttp: false },
    clientDocumentHosts = [],
    allowHosts = [],
    anonymousRequestsPerMinute = Number.MAX_SAFE_INTEGER,
    refreshTokenGrace = 0,
    apis = [],
  }: AuthorizationServerSettings = {},
): Promise<AuthorizationServer> {
  const tokenReader = createTokenReader(database, { refreshTokenGrace, secondFactorRequired });
  const anonymous = createAnonymousThrottle(anonymousRequestsPerMinute);
  const documents = createClientDocuments({
    hosts: clientDocumentHosts,
    allowHosts,
    anonymous,
    database,
    log,
  });
  const adapter = createAdapterFactory(database, tokenReader, anonymous, refreshTokenGrace);
  const names = cookieNames(issuer);
  const findFormer: FindFormerInteraction = (uid) => findFormerInteraction(database, uid);
  const createWithKeys = (keys: Awaited<ReturnType<typeof readKeys>>) =>
    createProvider(
      issuer,
      {
        adapter,
        keys,
        redirectUriPolicy,
        documents,
        allowHosts,
        apis,
        cookieNames: names,
        findAccount: async (userId) =>
          tokenReader.findAccountOfToken(userId) ?? findAccount(database, userId),
        checkAdministration: createAdministrationCheck(database, secondFactorRequired),
        mustChangePassword: async (userId) =>
          (await findAccount(database, userId))?.passwordChangeRequired === true,
        findGrantedScopes: (userId, clientId) => findGrantedScopes(database, userId, clientId),
        recordSecondFactor: (authorizationId) => recordSecondFactor(database, authorizationId),
        findFormerInteraction: findFormer,
        recordResponse: (request) => recordResponse(database, request),
        updateSession: (update) =>
          anonymous.store('Session', update.payload, () =>
            updateSession(withProviderErrors(database), update),
          ),
      },
      log,
    );

  let keys = await readKeys(database);
  let provider = createWithKeys(keys);
  let respond = provider.callback();
  const keyCheck = startPeriodicJob({
    everyMs: KEYS_READ_EVERY_SECONDS * 1000,
    runAtStart: false,
    async run() {
      const current = await readKeys(database);
      if (current.version === keys.version) return;
      keys = current;
      provider = createWithKeys(keys);
      respond = provider.callback();
    },
    onError: (error) => log.warn({ err: error }, 'oauth: failed to read keys; keeping the current keys'),
  });

  return {
    get provider() {
      return provider;
    },
    get respond() {
      return respond;
    },
    introspect: (request) => introspect(provider, tokenReader, request),
    cookieNames: names,
    findClient: (id, ipAddress) => documents.findClient(provider, id, ipAddress),
    createLogoutMessage: (notice) => createLogoutMessage(provider, notice),
    checkMetadata: (metadata) => checkMetadata(provider, metadata),
    findFormerInteraction: findFormer,
    stop: keyCheck.stop,
  };
}

async function checkMetadata(provider: Provider, metadata: Parameters<MetadataCheck>[0]): Promise<void> {
  try {
    await provider.Client.validate(metadata as Parameters<typeof provider.Client.validate>[0]);
  } catch (error) {
    if (error instanceof errors.InvalidClientMetadata)
      throw new ClientMetadataInvalid(error.error_description ?? error.message);
    throw error;
  }
}
