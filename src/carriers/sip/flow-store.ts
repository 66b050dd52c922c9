import type { Queryable } from '../../platform/database/database.ts';
import type { LegName } from '../carrier.ts';

/** In the order in which they are tried. */
export const FLOWS = ['delayed-offer', 'early-offer'] as const;

/**
 * How the caller's phone is called. `delayed-offer`: without a description, so that it offers all that it can do. `early-offer`: with
 * an offer of this server, for phones that refuse the other one.
 */
export type Flow = (typeof FLOWS)[number];

/** The flow that works with a phone or trunk. */
export interface RememberedFlow {
  /** The SIP address of a user's phone, or `sip:` and the host of callees. */
  readonly target: string;
  readonly flow: Flow;
  readonly learnedAt: Date;
  readonly expiresAt: Date;
}

const REMEMBERED = `target, flow, learned_at AS "learnedAt", expires_at AS "expiresAt"`;
const KEPT_DAYS = 7;

/** The flows of the user's phone and of the callee's host, if they have not expired. PostgreSQL would plan `= ANY` for each call. */
export function findFlows(
  db: Queryable,
  { caller, callee }: Partial<Record<LegName, string>>,
): Promise<RememberedFlow[]> {
  return db.query<RememberedFlow>(
    {
      name: 'find_sip_flows',
      text: `SELECT ${REMEMBERED} FROM sip_flows WHERE target IN ($1, $2) AND expires_at > now()`,
    },
    [caller, callee],
  );
}

export function listFlows(db: Queryable): Promise<RememberedFlow[]> {
  return db.query<RememberedFlow>({
    name: 'list_sip_flows',
    text: `SELECT ${REMEMBERED} FROM sip_flows WHERE expires_at > now() ORDER BY target`,
  });
}

/** The row of a user's phone is deleted with the user. */
export async function saveFlow(
  db: Queryable,
  { callId, leg, target, flow }: { callId: string; leg: LegName; target: string; flow: Flow },
): Promise<void> {
  await db.query(
    {
      name: 'save_sip_flow',
      text: `INSERT INTO sip_flows (target, user_id, flow, learned_at, expires_at)
             SELECT $1, CASE WHEN $2 = 'caller' THEN c.user_id END, $3, now(), now() + interval '${KEPT_DAYS} days'
               FROM calls c WHERE c.id = $4
             ON CONFLICT (target) DO UPDATE SET user_id = excluded.user_id, flow = excluded.flow,
               learned_at = excluded.learned_at, expires_at = excluded.expires_at`,
    },
    [target, leg, flow, callId],
  );
}
