import type { Adapter } from 'oidc-provider';
import { hashClientSecret } from '../../../clients/client-secret.ts';
import { deleteClient, findClient, upsertClient } from '../../../clients/client-store.ts';
import { originsOf } from '../../../clients/registration.ts';
import type { Queryable } from '../../../database/database.ts';
import { unsupported } from './unsupported.ts';

/** Registered applications as the provider sees them. `client_secret` is the secret's hash (see provider.ts). */
export function createClientAdapter(db: Queryable): Adapter {
  return {
    ...unsupported,

    /** Dynamic registration (RFC 7591). Never classic: that is an administrator's choice. */
    async upsert(id, { client_id: _, client_secret: secret, classic: __, origins = [], ...metadata }) {
      await upsertClient(db, {
        id,
        name: metadata.client_name ?? id,
        classic: false,
        secretHash: secret === undefined ? null : hashClientSecret(secret),
        origins: originsOf(metadata.redirect_uris ?? [], origins as string[]),
        metadata,
        demo: false,
        registeredBy: 'itself',
      });
    },

    async find(id) {
      const client = await findClient(db, id);
      if (!client) return undefined;
      const { metadata, secretHash, classic, origins } = client;
      return {
        client_id: id,
        ...metadata,
        ...(secretHash !== null && { client_secret: secretHash }),
        classic,
        origins,
      };
    },

    async destroy(id) {
      await deleteClient(db, id);
    },
  };
}
