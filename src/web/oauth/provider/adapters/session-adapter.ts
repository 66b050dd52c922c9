import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Queryable } from '../../../../platform/database/database.ts';
import { createArtifactAdapter, keyOf } from './artifact-adapter.ts';

const MODEL = 'Session';

/** Sessions of browsers. Deleting one is a sign-out (session_ended in database/functions/). */
export function createSessionAdapter(db: Queryable): Adapter {
  return {
    ...createArtifactAdapter(db, MODEL),

    /** Two requests at the same time can leave a session under two ids. */
    async destroy(id) {
      await db.query(
        {
          name: 'delete_session',
          locks: true,
          text: `DELETE FROM artifacts
                  WHERE model = $1 AND uid = (SELECT uid FROM artifacts WHERE model = $1 AND id = $2)`,
        },
        [MODEL, keyOf(id)],
      );
    },
  };
}

/** A session to save. */
export interface SessionUpdate {
  readonly id: string;
  /** The id under which it was found. */
  readonly formerId: string;
  readonly payload: AdapterPayload;
  /** In seconds. */
  readonly lifetime: number;
}

/** The new payload, with the applications (`authorizations`) that the stored one has as well. */
const MERGED = `
  $6::jsonb || CASE WHEN payload ? 'authorizations'
                    THEN jsonb_build_object('authorizations',
                           (payload->'authorizations') || coalesce($6::jsonb->'authorizations', '{}'))
                    ELSE '{}' END`;

/**
 * Saves a session in place, also under a new id. A session that has ended is not saved. If another request has just given it
 * another id, it has both, because a browser keeps the one that arrives last. The applications that another request has just
 * added to it stay.
 */
export async function updateSession(
  db: Queryable,
  { id, formerId, payload: { jti: _, ...payload }, lifetime }: SessionUpdate,
): Promise<void> {
  await db.query(
    {
      name: 'update_session',
      locks: true,
      text: `WITH updated AS (
               UPDATE artifacts SET id = $3, user_id = $5, payload = ${MERGED}, expires_at = now() + $7 * interval '1 second'
                WHERE model = $1 AND id = $2
               RETURNING 1
             )
             INSERT INTO artifacts (model, id, uid, user_id, payload, expires_at)
             SELECT $1, $3, $4, $5, ${MERGED}, now() + $7 * interval '1 second'
               FROM (SELECT payload FROM artifacts WHERE model = $1 AND uid = $4 LIMIT 1 FOR KEY SHARE) AS other
              WHERE NOT EXISTS (SELECT FROM updated)
             ON CONFLICT DO NOTHING`,
    },
    [
      MODEL,
      keyOf(formerId),
      keyOf(id),
      payload.uid,
      payload.accountId ?? null,
      JSON.stringify(payload),
      lifetime,
    ],
  );
}
