import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Queryable } from '../../../../platform/database/database.ts';
import type { TokenReader } from './token-reader.ts';
import { unsupported } from './unsupported.ts';

/** The provider's "Grant" is an authorization. Deleting it deletes all codes and tokens issued under it. */
export function createAuthorizationAdapter(db: Queryable, reader: TokenReader): Adapter {
  return {
    ...unsupported,

    async upsert(id, payload, expiresIn) {
      await db.query(
        {
          name: 'upsert_authorization',
          text: `INSERT INTO authorizations (id, user_id, client_id, payload, expires_at)
                 VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')
                 ON CONFLICT (id) DO UPDATE SET payload = $4, expires_at = now() + $5 * interval '1 second'`,
        },
        [id, payload.accountId, payload.clientId, JSON.stringify(payload), expiresIn],
      );
    },

    async find(id) {
      const authorization = reader.findAuthorizationOfToken(id);
      if (authorization) return authorization;
      const [row] = await db.query<{ payload: AdapterPayload }>(
        { name: 'authorization', text: 'SELECT payload FROM authorizations WHERE id = $1' },
        [id],
      );
      return row?.payload;
    },

    async destroy(id) {
      await db.query({ name: 'delete_authorization', text: 'DELETE FROM authorizations WHERE id = $1' }, [
        id,
      ]);
    },
  };
}
