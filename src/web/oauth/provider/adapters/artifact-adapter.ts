import { randomBytes } from 'node:crypto';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { hashToken } from '../../../../core/tokens/access-token.ts';
import type { Queryable } from '../../../../platform/database/database.ts';

/**
 * The one model whose id is kept in the clear: a device code is looked up by the code that the person types, and the
 * provider then needs the id back.
 */
const CLEAR_ID = 'DeviceCode';

/** Stands before an id that is hashed already; known to this process alone, so that nobody can present a hash as an id. */
const HASHED = `${randomBytes(16).toString('base64url')}:`;

interface Row {
  readonly payload: AdapterPayload;
  readonly consumed: number | null;
}

/**
 * Codes, refresh tokens, sessions, interactions and the like: whatever can be redeemed is found by the SHA-256 of its
 * id, and the id itself is not in the database.
 */
export function createArtifactAdapter(db: Queryable, model: string): Adapter {
  const key = (id: string) => (model === CLEAR_ID ? id : keyOf(id));

  /** What belongs to a disabled user is not there, so nothing can be done with a session or a code of theirs. */
  async function find(condition: string, name: string, value: string): Promise<AdapterPayload | undefined> {
    const [row] = await db.query<Row>(
      {
        name,
        text: `SELECT a.payload, extract(epoch FROM a.consumed_at)::integer AS consumed
                 FROM artifacts a LEFT JOIN users u ON u.id = a.user_id
                WHERE a.model = $1 AND ${condition} AND u.disabled_at IS NULL`,
      },
      [model, value],
    );
    if (!row) return undefined;
    const { parJti } = row.payload;
    return {
      ...row.payload,
      ...(typeof parJti === 'string' && { parJti: HASHED + parJti }),
      ...(row.consumed !== null && { consumed: row.consumed }),
    };
  }

  return {
    async upsert(id, payload, expiresIn) {
      await db.query(
        {
          name: 'upsert_artifact',
          text: `INSERT INTO artifacts (model, id, user_id, authorization_id, uid, user_code, payload, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 second')
                 ON CONFLICT (model, id) DO UPDATE
                    SET user_id = $3, authorization_id = $4, uid = $5, user_code = $6, payload = $7,
                        expires_at = now() + $8 * interval '1 second'`,
        },
        [
          model,
          key(id),
          payload.accountId ?? payload.result?.login?.accountId ?? null,
          payload.grantId ?? null,
          payload.uid ?? null,
          payload.userCode ?? null,
          JSON.stringify(model === CLEAR_ID ? payload : withoutSecrets(payload)),
          expiresIn,
        ],
      );
    },

    async find(id) {
      const payload = await find('a.id = $2', 'artifact', key(id));
      return payload && { ...payload, jti: id };
    },
    findByUid: (uid) => find('a.uid = $2', 'artifact_by_uid', uid),
    findByUserCode: (userCode) => find('a.user_code = $2', 'artifact_by_user_code', userCode),

    /**
     * The provider finds, checks, then consumes; of simultaneous redemptions all get here, and one statement decides
     * which of them it is. The others are a second use, which ends what the first gave (RFC 6749 section 4.1.2, RFC
     * 9700 section 2.2.2), just as the provider does when it finds the artifact consumed.
     */
    async consume(id) {
      const consumed = await db.query(
        {
          name: 'consume_artifact',
          text: `UPDATE artifacts SET consumed_at = now() WHERE model = $1 AND id = $2 AND consumed_at IS NULL RETURNING id`,
        },
        [model, key(id)],
      );
      if (consumed.length === 1) return;
      await revokeReusedArtifact(db, model, key(id));
      if (model === 'PushedAuthorizationRequest')
        throw new errors.InvalidRequestUri('request_uri was already used');
      throw new errors.InvalidGrant('already used');
    },

    async destroy(id) {
      await db.query(
        { name: 'delete_artifact', text: 'DELETE FROM artifacts WHERE model = $1 AND id = $2' },
        [model, key(id)],
      );
    },

    async revokeByGrantId(grantId) {
      await db.query(
        {
          name: 'revoke_artifacts',
          text: 'DELETE FROM artifacts WHERE model = $1 AND authorization_id = $2',
        },
        [model, grantId],
      );
    },
  };
}

/** Ends all that was issued under the authorization of what was used a second time. @param key by which it is kept */
export async function revokeReusedArtifact(db: Queryable, model: string, key: string): Promise<void> {
  await db.query(
    {
      name: 'revoke_reused_artifact',
      text: `DELETE FROM authorizations WHERE id = (SELECT authorization_id FROM artifacts WHERE model = $1 AND id = $2)`,
    },
    [model, key],
  );
}

/** By which an artifact is kept. */
export function keyOf(id: string): string {
  return id.startsWith(HASHED) ? id.slice(HASHED.length) : hashToken(id).toString('base64url');
}

/**
 * `jti` is the id; an interaction also notes the id of the session it belongs to, which it finds by its uid, and that of
 * the pushed request (parJti), which has to be consumed in the end and is therefore kept hashed.
 */
function withoutSecrets({ jti: _, session, parJti, ...rest }: AdapterPayload): AdapterPayload {
  const payload = { ...rest, ...(typeof parJti === 'string' && { parJti: keyOf(parJti) }) };
  if (session === undefined) return payload;
  const { cookie: __, ...others } = session;
  return { ...payload, session: others as NonNullable<AdapterPayload['session']> };
}
