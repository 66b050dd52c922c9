import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyBaseLogger } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type Client, type Configuration, errors, type Provider } from 'oidc-provider';
import type { NewClient } from '../../../core/clients/client.ts';
import {
  createDocumentClient,
  findDocumentAddressProblem,
  isDocumentAddress,
  isDocumentHost,
} from '../../../core/clients/document-client.ts';
import { refreshDocumentClient } from '../../../core/clients/record-client.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { AnonymousThrottle } from './adapters/anonymous-throttle.ts';
import { currentRequest } from './adapters/current-request.ts';
import { asProviderError, withoutRedirect } from './adapters/provider-errors.ts';
import { ClientDocumentError, ClientDocumentRefused } from './client-document-errors.ts';
import { createClientDocumentReader } from './client-document-reader.ts';

/** Seconds for which a document is kept, whatever its host says. */
const CACHE_SECONDS = { min: 30, max: 24 * 3600 };
/** More than the documents that the provider keeps: it reads the others again. */
const MAX_UNCOMPARED = 1_000;

interface ClientDocumentsDeps {
  /** The hosts whose documents are accepted; none: no document is. See `isDocumentHost`. */
  readonly hosts: readonly string[];
  /** Private hosts that may be read if `hosts` names them, too, as `host` or `host:port`. */
  readonly allowHosts: readonly string[];
  readonly anonymous: Pick<AnonymousThrottle, 'countFetch'>;
  readonly database: Database;
  readonly log: Pick<FastifyBaseLogger, 'info'>;
}

/** Clients that describe themselves by a document (docs/adr/0037). The provider resolves and caches them. */
export interface ClientDocuments {
  /** The part of the provider's configuration that is about documents. */
  readonly configuration: {
    readonly fetch: NonNullable<Configuration['fetch']>;
    readonly feature: NonNullable<NonNullable<Configuration['features']>['clientIdMetadataDocument']>;
  };
  /** Makes a provider explain why it refuses a document. */
  explainRefusals(provider: Provider): void;
  /**
   * Finds a client for a request that the provider is not handling.
   * @param ipAddress of the request, which counts if it makes the server read a document
   * @throws ClientDocumentRefused, ClientDocumentUnavailable, TooManyAnonymousRequests
   */
  findClient(provider: Provider, id: string, ipAddress: string): Promise<Client | undefined>;
}

export function createClientDocuments(deps: ClientDocumentsDeps): ClientDocuments {
  const { hosts, anonymous, database, log } = deps;
  const enabled = hosts.length > 0;
  const readDocument = createClientDocumentReader(deps);
  const requester = new AsyncLocalStorage<string>();
  /** The addresses of documents that were read, and not yet compared with what is stored. */
  const uncompared = new LRUCache<string, true>({ max: MAX_UNCOMPARED });

  function checkAddress(address: string): void {
    const problem = findDocumentAddressProblem(address);
    if (problem !== undefined) throw new ClientDocumentRefused(address, `client_id ${problem}`);
    const url = new URL(address);
    if (!isDocumentHost(url, hosts))
      throw new ClientDocumentRefused(address, `this server does not accept documents of ${url.host}`);
  }

  async function fetchDocument(input: string | URL | Request): Promise<Response> {
    const address = String(input);
    const response = await readDocument(address, currentRequest()?.ip ?? requester.getStore());
    uncompared.set(address, true);
    return response;
  }

  async function refresh(client: Client): Promise<void> {
    if (!uncompared.has(client.clientId)) return;
    await refreshDocumentClient(database, toDocumentClient(client));
    uncompared.delete(client.clientId); // not before: if storing fails, the next request tries again
  }

  return {
    configuration: {
      fetch: fetchDocument,
      feature: {
        enabled,
        ack: 'draft-02',
        cacheDuration: CACHE_SECONDS,
        async allowFetch() {
          await anonymous.countFetch(requester.getStore());
          return true;
        },
      },
    },

    explainRefusals({ Client }) {
      if (!enabled) return;
      const { find } = Client;
      /** The provider asks again for a client that it has just refused, to find out where to send the error. */
      const refusals = new WeakMap<object, { readonly id: string; readonly refusal: unknown }>();
      Client.find = async function findOrExplain(id) {
        if (typeof id !== 'string' || !isDocumentAddress(id)) return find.call(this, id);
        const request = currentRequest();
        const earlier = request && refusals.get(request);
        if (earlier?.id === id) throw earlier.refusal;
        try {
          checkAddress(id);
          const client = await find.call(this, id);
          if (client) await refresh(client);
          return client;
        } catch (error) {
          const explained = explain(id, error);
          if (explained instanceof ClientDocumentError) {
            uncompared.delete(id);
            const { reason } = explained;
            if (explained instanceof ClientDocumentRefused)
              log.info({ clientId: id, reason }, 'oauth: refused the document of a client');
            else log.info({ clientId: id, reason }, 'oauth: cannot read the document of a client');
          }
          if (!request) throw explained;
          const refusal =
            explained instanceof ClientDocumentError ? asRefusal(explained) : asProviderError(explained);
          refusals.set(request, { id, refusal });
          throw refusal;
        }
      };
    },

    findClient: (provider, id, ipAddress) => requester.run(ipAddress, () => provider.Client.find(id)),
  };
}

/** A client of the provider that a document describes, as it is stored. */
export function toDocumentClient(client: Client): NewClient {
  const { client_id: id, client_secret: _, ...metadata } = client.metadata();
  return createDocumentClient(id, metadata);
}

/** @returns the refusal of the document; other errors as they are */
function explain(address: string, error: unknown): unknown {
  if (!(error instanceof errors.OIDCProviderError)) return error;
  if (error.cause instanceof ClientDocumentError) return error.cause;
  if (error.status >= 500) return error;
  return new ClientDocumentRefused(address, reasonOf(error.error_description ?? error.message));
}

/** The provider names the document in some of its descriptions, and the member in others. */
function reasonOf(description: string): string {
  return description.replace(/^client_id metadata document (must )?/, (_, must) => (must ? 'it must ' : ''));
}

/** The provider presents no others. There is no address to which it could redirect them: it would be in the document. */
function asRefusal(refusal: ClientDocumentError): Error {
  const isLasting = refusal instanceof ClientDocumentRefused;
  return withoutRedirect(refusal, isLasting ? errors.InvalidClient : errors.TemporarilyUnavailable);
}
