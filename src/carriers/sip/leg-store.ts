import type { Queryable } from '../../platform/database/database.ts';
import type { LegName } from './outcomes.ts';
import type { SavedLeg } from './user-agent/saved-leg.ts';

const SIP = 'sip';

/** A leg as it is in the database. */
export interface StoredLeg {
  readonly callId: string;
  readonly leg: LegName;
  readonly saved: SavedLeg;
}

/** Since the call ended, for phones that cannot be told of it. */
const PATIENCE = '10 minutes';

const STORED = 'l.call_id AS "callId", l.leg, l.saved';

/** Another node holds the call, and knows better. */
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

/** These legs of a call that has ended are over. */
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

/** What another process left of a call that this node holds now. */
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

export interface LeftOver extends StoredLeg {
  /** The call ended so long ago that its phone is told once more, and then no more. */
  readonly overdue: boolean;
}

/**
 * What is left of ended calls: of those of nodes that are gone, and of those of this one that it does not know.
 * Each is claimed by one node alone.
 * @param known the calls whose phones this node is still telling
 */
export function claimLeftOvers(db: Queryable, nodeId: string, known: readonly string[]): Promise<LeftOver[]> {
  return db.query<LeftOver>(
    {
      name: 'claim_left_overs',
      locks: true,
      text: `UPDATE carried_legs l SET node_id = $1
               FROM calls c
              WHERE c.id = l.call_id AND c.ended_at IS NOT NULL AND l.carrier = '${SIP}'
                AND CASE WHEN l.node_id = $1 THEN l.call_id <> ALL ($2)
                         ELSE NOT EXISTS (SELECT FROM nodes n WHERE n.id = l.node_id) END
             RETURNING ${STORED}, c.ended_at < clock_timestamp() - interval '${PATIENCE}' AS overdue`,
    },
    [nodeId, known],
  );
}
