import { type SavedLeg, SEQUENCE_RANGE } from '@clicktocall/sip';
import type { Queryable } from '../../platform/database/database.ts';
import type { LegName } from '../carrier.ts';

const SIP = 'sip';

/** A leg as the database has it. */
export interface StoredLeg {
  readonly callId: string;
  readonly leg: LegName;
  readonly attempt: string;
  readonly saved: SavedLeg;
}

/** The state of a leg that is to be stored. */
export type LegToSave = Omit<StoredLeg, 'attempt'>;

const STORED = 'l.call_id AS "callId", l.leg, l.attempt, l.saved';
/** Reserves the next sequence numbers for the process that claims a leg, so that no other process uses them. */
const RESERVED = `CASE WHEN jsonb_typeof(l.saved->'cseq') = 'number'
  THEN jsonb_set(l.saved, '{cseq}', to_jsonb((l.saved->>'cseq')::bigint + ${SEQUENCE_RANGE})) ELSE l.saved END`;

/** Another node holds the call. */
export class CallLost extends Error {}

/**
 * Writes a leg, while this node holds its call. It shares a lock on the call with adopt_calls (database/functions/), so a
 * node that takes the call over finds every leg that was written.
 * @throws CallLost when this node does not hold it
 */
export async function saveLeg(
  db: Queryable,
  nodeId: string,
  { callId, leg, saved }: LegToSave,
): Promise<void> {
  const written = await db.query(
    {
      name: 'save_leg',
      text: `INSERT INTO carried_legs (call_id, leg, carrier, node_id, attempt, session_interval, saved)
             SELECT c.id, $3, '${SIP}', $1, $4, $5, $6 FROM calls c WHERE c.id = $2 AND c.node_id = $1 FOR KEY SHARE
             ON CONFLICT (call_id, attempt) DO UPDATE SET saved = excluded.saved, session_interval = excluded.session_interval
              WHERE carried_legs.node_id = excluded.node_id
             RETURNING leg`,
    },
    [nodeId, callId, leg, saved.id, sessionInterval(saved), JSON.stringify(saved)],
  );
  if (written.length === 0) throw new CallLost('another node holds the call');
}

/**
 * Writes several legs in one round trip, and never waits for a call (save_legs in database/functions/).
 * @param legs no two with the same id
 * @returns the ids of those that were written
 */
export async function saveLegs(
  db: Queryable,
  nodeId: string,
  legs: readonly LegToSave[],
): Promise<ReadonlySet<string>> {
  const written = await db.query<{ id: string }>(
    { name: 'save_legs', text: `SELECT id FROM save_legs($1, '${SIP}', $2) AS id` },
    [nodeId, JSON.stringify(legs.map(recordOf))],
  );
  return new Set(written.map(({ id }) => id));
}

function recordOf({ callId, leg, saved }: LegToSave) {
  return { call_id: callId, leg, attempt: saved.id, session_interval: sessionInterval(saved), saved };
}

/** Seconds after which the phone ends the leg if the session is not refreshed (RFC 4028 section 10); null: it never does. */
function sessionInterval(saved: SavedLeg): number | null {
  return saved.phase === 'confirmed' && saved.session.agreed ? saved.session.interval : null;
}

/** Whether a dialog, by its Call-ID and this side's tag, is a leg of an ongoing call, on any node. */
export async function isOngoing(db: Queryable, sipCallId: string, tag: string): Promise<boolean> {
  const found = await db.query(
    {
      name: 'ongoing_leg',
      text: `SELECT FROM carried_legs l JOIN calls c ON c.id = l.call_id
              WHERE l.saved->>'callId' = $1 AND l.saved->>'localTag' = $2 AND c.ended_at IS NULL LIMIT 1`,
    },
    [sipCallId, tag],
  );
  return found.length > 0;
}

/** Deletes legs, by their calls and the ids of their records: they are over. */
export async function deleteLegs(
  db: Queryable,
  nodeId: string,
  callIds: readonly string[],
  ids: readonly string[],
): Promise<void> {
  await db.query(
    {
      name: 'delete_legs',
      text: 'DELETE FROM carried_legs WHERE call_id = ANY ($2) AND node_id = $1 AND attempt = ANY ($3)',
    },
    [nodeId, callIds, ids],
  );
}

/** The legs that another process left of a call that this node holds now. */
export function claimLegs(db: Queryable, nodeId: string, callId: string): Promise<StoredLeg[]> {
  return db.query<StoredLeg>(
    {
      name: 'claim_legs',
      locks: true,
      text: `UPDATE carried_legs l SET node_id = $1, saved = ${RESERVED} WHERE l.call_id = $2 RETURNING ${STORED}`,
    },
    [nodeId, callId],
  );
}

export interface OrphanedLeg extends StoredLeg {
  /** The call ended at least `giveUpAfter` ago: this attempt to end the leg is the last one. */
  readonly overdue: boolean;
}

/**
 * Legs of ended calls: those of nodes that are gone, and those of this node whose calls it does not know. Each is claimed
 * by one node only.
 * @param inProgress the calls whose legs this node is ending already
 * @param giveUpAfter seconds from the end of the call
 */
export function claimOrphanedLegs(
  db: Queryable,
  nodeId: string,
  inProgress: readonly string[],
  giveUpAfter: number,
): Promise<OrphanedLeg[]> {
  return db.query<OrphanedLeg>(
    {
      name: 'claim_orphaned_legs',
      locks: true,
      text: `UPDATE carried_legs l SET node_id = $1, saved = ${RESERVED}
               FROM calls c
              WHERE c.id = l.call_id AND c.ended_at IS NOT NULL AND l.carrier = '${SIP}'
                AND CASE WHEN l.node_id = $1 THEN l.call_id <> ALL ($2)
                         ELSE NOT EXISTS (SELECT FROM nodes n WHERE n.id = l.node_id) END
             RETURNING ${STORED}, c.ended_at < clock_timestamp() - make_interval(secs => $3) AS overdue`,
    },
    [nodeId, inProgress, giveUpAfter],
  );
}
