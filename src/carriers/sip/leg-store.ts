import type { SavedLeg } from '@clicktocall/sip';
import type { Queryable } from '../../platform/database/database.ts';
import type { LegName } from '../carrier.ts';

const SIP = 'sip';

/** A leg as the database has it. */
export interface StoredLeg {
  readonly callId: string;
  readonly leg: LegName;
  readonly saved: SavedLeg;
}

const STORED = 'l.call_id AS "callId", l.leg, l.saved';

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
  { callId, leg, saved }: StoredLeg,
): Promise<void> {
  const written = await db.query(
    {
      name: 'save_leg',
      text: `INSERT INTO carried_legs (call_id, leg, carrier, node_id, saved)
             SELECT c.id, $3, '${SIP}', $1, $4 FROM calls c WHERE c.id = $2 AND c.node_id = $1 FOR KEY SHARE
             ON CONFLICT (call_id, leg) DO UPDATE SET saved = excluded.saved
              WHERE carried_legs.node_id = excluded.node_id
             RETURNING leg`,
    },
    [nodeId, callId, leg, JSON.stringify(saved)],
  );
  if (written.length === 0) throw new CallLost('another node holds the call');
}

/** Deletes legs of a call: they are over. */
export async function deleteLegs(
  db: Queryable,
  nodeId: string,
  callId: string,
  legs: readonly LegName[],
): Promise<void> {
  await db.query(
    {
      name: 'delete_legs',
      text: 'DELETE FROM carried_legs WHERE call_id = $2 AND node_id = $1 AND leg = ANY ($3)',
    },
    [nodeId, callId, legs],
  );
}

/** The legs that another process left of a call that this node holds now. */
export function claimLegs(db: Queryable, nodeId: string, callId: string): Promise<StoredLeg[]> {
  return db.query<StoredLeg>(
    {
      name: 'claim_legs',
      locks: true,
      text: `UPDATE carried_legs l SET node_id = $1 WHERE l.call_id = $2 RETURNING ${STORED}`,
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
      text: `UPDATE carried_legs l SET node_id = $1
               FROM calls c
              WHERE c.id = l.call_id AND c.ended_at IS NOT NULL AND l.carrier = '${SIP}'
                AND CASE WHEN l.node_id = $1 THEN l.call_id <> ALL ($2)
                         ELSE NOT EXISTS (SELECT FROM nodes n WHERE n.id = l.node_id) END
             RETURNING ${STORED}, c.ended_at < clock_timestamp() - make_interval(secs => $3) AS overdue`,
    },
    [nodeId, inProgress, giveUpAfter],
  );
}
