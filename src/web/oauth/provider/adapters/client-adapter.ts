import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Client } from '../../../../core/clients/client.ts';
import { deleteClient } from '../../../../core/clients/client-removal-store.ts';
import { hashClientSecret } from '../../../../core/clients/client-secret.ts';
import { findClients } from '../../../../core/clients/client-store.ts';
import { isDocumentAddress } from '../../../../core/clients/document-client.ts';
import { takeRegistration } from '../../../../core/clients/initial-access-token-store.ts';
import { recordClient } from '../../../../core/clients/record-client.ts';
import { originsOf } from '../../../../core/clients/registration.ts';
import { coalesce } from '../../../../platform/database/coalesce.ts';
import type { Database, Queryable } from '../../../../platform/database/database.ts';
import { currentRequest } from './current-request.ts';
import { throwProviderError, withProviderErrors } from './provider-errors.ts';
import { unsupported } from './unsupported.ts';

/** Registered applications. `client_secret` holds the hash of the secret (see provider.ts). */
export function createClientAdapter(database: Database): Adapter {
  const db = withProviderErrors(database);
  const findPayload = coalesce({ answer: findPayloads });

  async function findPayloads(ids: readonly string[]): Promise<(AdapterPayload | undefined)[]> {
    const clients = await findClients(database, [...new Set(ids)]);
    const payloads = new Map(clients.map((client) => [client.id, asPayload(client)]));
    return ids.map((id) => payloads.get(id));
  }

  return {
    ...unsupported,

    /** Dynamic registration (RFC 7591). Only administrators register classic clients. */
    async upsert(id, { client_id: _, client_secret: secret, classic: __, origins = [], ...metadata }) {
      const client = {
        id,
        name: metadata.client_name ?? id,
        classic: false,
        secretHash: secret === undefined ? null : hashClientSecret(secret),
        origins: originsOf(metadata.redirect_uris ?? [], origins as string[]),
        metadata,
        demo: false,
        registeredBy: 'itself',
      } as const;
      await db.transaction(async (tx) => {
        await countRegistration(tx);
        await recordClient(tx, client, { kind: 'application', clientId: id, ...addressOfRequest() });
      });
    },

    /** A document decides about its client, whatever is stored: then the provider reads the document. */
    find: async (id) => (isDocumentAddress(id) ? undefined : findPayload(id).catch(throwProviderError)),

    async destroy(id) {
      await deleteClient(db, id);
    },
  };
}

/** Counts in the transaction of the registration, so a refused one does not count. @throws InvalidToken */
async function countRegistration(tx: Queryable): Promise<void> {
  const token = currentRequest()?.oidc.entities.InitialAccessToken;
  if (token && (await takeRegistration(tx, hashClientSecret(token.jti)))) return;
  const description = 'the initial access token has been used for all its registrations';
  throw Object.assign(new errors.InvalidToken(description), { error_description: description });
}

function asPayload({
  id,
  metadata,
  secretHash,
  classic,
  origins,
  assertionAudience,
  pkceRequired,
}: Client): AdapterPayload {
  return {
    client_id: id,
    ...metadata,
    ...(secretHash !== null && { client_secret: secretHash }),
    classic,
    origins,
    assertion_audience: assertionAudience,
    pkce_required: pkceRequired,
  };
}

function addressOfRequest(): { ipAddress?: string } {
  const request = currentRequest();
  return request ? { ipAddress: request.ip } : {};
}
