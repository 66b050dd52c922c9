import { randomBytes } from 'node:crypto';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { hashToken } from '../../../../core/tokens/access-token.ts';
import type { Queryable } from '../../../../platform/database/database.ts';

/** The only model stored with its plain id: the provider finds a device code by the user code, and then needs its id. */
const CLEAR_ID = 'DeviceCode';

/** Marks an id that is already a hash. Random for each process, so that a client cannot present a hash as an id. */
const HASHED_PREFIX = `${randomBytes(16).toString('base64url')}:`;

interface Row {
  readonly payload: AdapterPayload;
  readonly consumed: number | null;
}

/** Codes, refresh tokens, sessions, interactions and so on. The database holds the SHA-256 of an id, not the id. */
export function createArtifactAdapter(db: Queryable, model: string): Adapter {
  const key = (id: string) => (model === CLEAR_ID ? id : keyOf(id));

  /** Finds nothing of a disabled user, which makes the user's sessions and codes useless. */
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
      ...(typeof parJti === 'string' && { parJti: HASHED_PREFIX + parJti }),
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
          payload.uid ?? payload['cid'] ?? null,
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
     * The provider finds an artifact, checks it, and consumes it. Simultaneous requests can all get here; the statement lets
     * one succeed. The others are a second use, which revokes what the first one issued (RFC 6749 section 4.1.2, RFC 9700
     * section 2.2.2). The provider does the same when it finds a consumed artifact.
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

/** Revokes everything issued under the authorization of an artifact that was used twice. @param key see `keyOf` */
export async function revokeReusedArtifact(db: Queryable, model: string, key: string): Promise<void> {
  await db.query(
    {
      name: 'revoke_reused_artifact',
      text: `DELETE FROM authorizations WHERE id = (SELECT authorization_id FROM artifacts WHERE model = $1 AND id = $2)`,
    },
    [model, key],
  );
}

/** The primary key of an artifact: the hash of its id. */
export function keyOf(id: string): string {
  return id.startsWith(HASHED_PREFIX) ? id.slice(HASHED_PREFIX.length) : hashToken(id).toString('base64url');
}

/**
 * Removes ids from a payload. `jti` is the id itself. An interaction also has the id of its session, which the provider finds by
 * uid instead, and of the pushed request (parJti), which is stored hashed because it must be consumed at the end.
 */
function withoutSecrets({ jti: _, session, parJti, ...rest }: AdapterPayload): AdapterPayload {
  const payload = { ...rest, ...(typeof parJti === 'string' && { parJti: keyOf(parJti) }) };
  if (session === undefined) return payload;
  const { cookie: __, ...others } = session;
  return { ...payload, session: others as NonNullable<AdapterPayload['session']> };
}
