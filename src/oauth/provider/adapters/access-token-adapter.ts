import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Queryable } from '../../../database/database.ts';
import { hashToken } from '../../access-tokens/access-token.ts';
import { unsupported } from './unsupported.ts';

/** Access tokens, with or without a user; each call checks them by the same columns (token_entitlement in migrations/). */
export function createAccessTokenAdapter(db: Queryable, model: 'AccessToken' | 'ClientCredentials'): Adapter {
  return {
    ...unsupported,

    async upsert(id, { jti: _, ...payload }, expiresIn) {
      await db.query(
        {
          name: 'insert_access_token',
          text: `INSERT INTO access_tokens (hash, model, user_id, client_id, authorization_id, scopes, jkt, payload, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 second')`,
        },
        [
          hashToken(id),
          model,
          payload.accountId ?? null,
          payload.clientId,
          payload.grantId ?? null,
          payload.scope?.split(' ') ?? [],
          payload['jkt'] ?? null,
          JSON.stringify(payload),
          expiresIn,
        ],
      );
      if (payload.accountId !== undefined) await noteUse(db, payload.accountId, payload.clientId);
    },

    /** A disabled user's tokens are none. */
    async find(id) {
      const [row] = await db.query<{ payload: AdapterPayload }>(
        {
          name: 'access_token',
          text: `SELECT t.payload FROM access_tokens t LEFT JOIN users u ON u.id = t.user_id
                  WHERE t.hash = $1 AND t.model = $2 AND u.disabled_at IS NULL`,
        },
        [hashToken(id), model],
      );
      return row && { ...row.payload, jti: id };
    },

    async destroy(id) {
      await db.query({ name: 'delete_access_token', text: 'DELETE FROM access_tokens WHERE hash = $1' }, [
        hashToken(id),
      ]);
    },

    async revokeByGrantId(grantId) {
      await db.query(
        { name: 'revoke_access_tokens', text: 'DELETE FROM access_tokens WHERE authorization_id = $1' },
        [grantId],
      );
    },
  };
}

/** A statement of its own: it locks the grant, and the token's row waits for the user's, which whoever removes them has first. */
async function noteUse(db: Queryable, userId: string, clientId: string | undefined): Promise<void> {
  await db.query(
    {
      name: 'note_use_of_grant',
      locks: true,
      text: `UPDATE grants SET last_used_at = now()
              WHERE user_id = $1 AND client_id = $2
                AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
    },
    [userId, clientId],
  );
}
