import Provider, { type Adapter } from 'oidc-provider';
import { hashClientSecret } from '../../../clients/client-secret.ts';
import { deleteClient, findClient } from '../../../clients/client-store.ts';
import { recordClient } from '../../../clients/record-client.ts';
import { originsOf } from '../../../clients/registration.ts';
import type { Database } from '../../../database/database.ts';
import { unsupported } from './unsupported.ts';

/** Registered applications as the provider sees them. `client_secret` is the secret's hash (see provider.ts). */
export function createClientAdapter(db: Pick<Database, 'query' | 'transaction'>): Adapter {
  return {
    ...unsupported,

    /** Dynamic registration (RFC 7591). Never classic: that is an administrator's choice. */
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
      await recordClient(db, client, { kind: 'application', clientId: id, ...addressOfRequest() });
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

/** The library's own, which its types leave out. */
function addressOfRequest(): { ipAddress?: string } {
  const { ctx } = Provider as unknown as { ctx: { ip: string } | undefined };
  return ctx ? { ipAddress: ctx.ip } : {};
}
