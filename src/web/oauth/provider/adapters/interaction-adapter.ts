import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Queryable } from '../../../../platform/database/database.ts';
import { createArtifactAdapter, keyOf } from './artifact-adapter.ts';

const MODEL = 'Interaction';

/**
 * Stores interactions: the questions of the sign-in and consent pages. One that was answered remains for an hour, so that the
 * page can say so to a person who goes back to it. The provider no longer finds it.
 */
export function createInteractionAdapter(db: Queryable): Adapter {
  const artifacts = createArtifactAdapter(db, MODEL);
  return {
    ...artifacts,

    async find(id) {
      const payload = await artifacts.find(id);
      return payload?.['consumed'] === undefined ? payload : undefined;
    },

    async destroy(id) {
      await db.query(
        {
          name: 'end_interaction',
          text: `UPDATE artifacts
                    SET consumed_at = now(), expires_at = now(),
                        user_id = coalesce(
                          user_id,
                          (SELECT u.id FROM users u WHERE u.id = (payload->'session'->>'accountId')::uuid)
                        ),
                        payload = payload - ARRAY['session', 'grant', 'result', 'lastSubmission']
                  WHERE model = $1 AND id = $2`,
        },
        [MODEL, keyOf(id)],
      );
    },
  };
}

/** An interaction that a browser can no longer answer: it was answered, has expired, or belongs to another browser. */
export interface FormerInteraction {
  readonly uid: string;
  /** The user who was signed in, or signed in with it. */
  readonly userId: string | undefined;
  readonly answered: boolean;
  /** Whether the application got its response, so that it has used up the `state` of the request. */
  readonly responded: boolean;
  /** The parameters of the authorization request. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Whether the parameters were pushed (RFC 9126), which a link cannot repeat. */
  readonly pushed: boolean;
  /** Whether a device asks (RFC 8628). */
  readonly ofDevice: boolean;
}

/** @returns undefined after about an hour */
export async function findFormerInteraction(
  db: Queryable,
  uid: string,
): Promise<FormerInteraction | undefined> {
  const [row] = await db.query<{ payload: AdapterPayload; userId: string | null; answered: boolean }>(
    {
      name: 'former_interaction',
      text: `SELECT payload, coalesce(user_id::text, payload->'session'->>'accountId') AS "userId", consumed_at IS NOT NULL AS answered
               FROM artifacts WHERE model = $1 AND id = $2`,
    },
    [MODEL, keyOf(uid)],
  );
  if (!row) return undefined;
  const { params = {}, responded, parJti, deviceCode } = row.payload;
  return {
    uid,
    userId: row.userId ?? undefined,
    answered: row.answered,
    responded: responded === true,
    params: params as FormerInteraction['params'],
    pushed: parJti !== undefined,
    ofDevice: deviceCode !== undefined,
  };
}

/** Records that an application got its response. @param request what the interactions of the request share (`cid`) */
export async function recordResponse(db: Queryable, request: string): Promise<void> {
  await db.query(
    {
      name: 'record_authorization_response',
      text: `UPDATE artifacts SET payload = payload || '{"responded": true}' WHERE model = $1 AND uid = $2`,
    },
    [MODEL, request],
  );
}
