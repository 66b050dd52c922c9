import { type SavedLeg, SEQUENCE_RANGE } from '@clicktocall/sip';
import type { Queryable } from '../../platform/database/database.ts';
import type { CarriedLeg } from '../carried-leg-store.ts';
import type { LegName } from '../carrier.ts';

/** The name of the carrier. */
export const SIP = 'sip';

/** Identifies the record of a leg. */
export interface LegId {
  readonly callId: string;
  readonly attempt: string;
}

/** A leg as the database has it. */
export interface StoredLeg extends LegId {
  readonly leg: LegName;
  readonly saved: SavedLeg;
}

const STORED = 'l.call_id AS "callId", l.leg, l.attempt, l.saved';
/** Reserves the next sequence numbers for the process that claims a leg, so that no other process uses them. */
const RESERVED = `CASE WHEN jsonb_typeof(l.saved->'cseq') = 'number'
  THEN jsonb_set(l.saved, '{cseq}', to_jsonb((l.saved->>'cseq')::bigint + ${SEQUENCE_RANGE})) ELSE l.saved END`;

/** A leg in the form in which carriers store legs. */
export function toCarriedLeg(leg: LegName, saved: SavedLeg): CarriedLeg {
  return { leg, attempt: saved.id, sessionInterval: sessionInterval(saved), saved };
}

/** RFC 4028 section 10. */
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

/** Deletes the records of legs that are over. */
export async function deleteLegs(db: Queryable, nodeId: string, legs: readonly LegId[]): Promise<void> {
  await db.query(
    {
      name: 'delete_legs',
      text: `DELETE FROM carried_legs l USING unnest($2::text[], $3::text[]) AS over (call_id, attempt)
              WHERE l.call_id = over.call_id AND l.attempt = over.attempt AND l.node_id = $1`,
    },
    [nodeId, legs.map(({ callId }) => callId), legs.map(({ attempt }) => attempt)],
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
