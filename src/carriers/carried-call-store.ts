import { ADVISORY_LOCKS } from '../platform/database/advisory-locks.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { CarriedCall } from './carrier.ts';

const CARRIED = `
  c.id, u.name AS "userName", u.sip_address AS "sipAddress", c.caller, c.callee, c.state,
  c.ring_timeout AS "ringTimeout", c.time_limit AS "timeLimit", c.recording_enabled AS "recordingEnabled", c.carrier`;

const OF_USERS = 'calls c JOIN users u ON u.id = c.user_id';

/** A node that was not marked as alive for so long is dead; a living one is marked several times in between. */
const DEAD_AFTER = `interval '10 seconds'`;

/** Marks this node as alive. */
export async function markNodeAlive(db: Queryable, nodeId: string): Promise<void> {
  await db.query(
    {
      name: 'mark_node_alive',
      text: `INSERT INTO nodes (id) VALUES ($1) ON CONFLICT (id) DO UPDATE
                SET seen_at = now(),
                    since = CASE WHEN nodes.seen_at < now() - ${DEAD_AFTER} THEN now() ELSE nodes.since END`,
    },
    [nodeId],
  );
}

/** This node stops: other nodes need not wait until it counts as dead. */
export async function deleteNode(db: Queryable, nodeId: string): Promise<void> {
  await db.query({ name: 'delete_node', text: 'DELETE FROM nodes WHERE id = $1' }, [nodeId]);
}

/** Takes over the ongoing calls of dead nodes (database/functions/calls/adopt_calls.sql). */
export async function adoptCalls(db: Queryable, nodeId: string): Promise<void> {
  await db.query({ name: 'adopt_calls', locks: true, text: `SELECT adopt_calls($1, ${DEAD_AFTER}, $2)` }, [
    nodeId,
    ADVISORY_LOCKS.adoption,
  ]);
}

/** The ongoing calls that this node holds. */
export function listHeldCalls(db: Queryable, nodeId: string): Promise<CarriedCall[]> {
  return db.query<CarriedCall>(
    {
      name: 'held_calls',
      text: `SELECT ${CARRIED} FROM ${OF_USERS} WHERE c.node_id = $1 AND c.ended_at IS NULL`,
    },
    [nodeId],
  );
}

/** The call, if it is ongoing and this node holds it. */
export async function findHeldCall(
  db: Queryable,
  nodeId: string,
  id: string,
): Promise<CarriedCall | undefined> {
  const [call] = await db.query<CarriedCall>(
    {
      name: 'held_call',
      text: `SELECT ${CARRIED} FROM ${OF_USERS} WHERE c.id = $2 AND c.node_id = $1 AND c.ended_at IS NULL`,
    },
    [nodeId, id],
  );
  return call;
}

/** Of these calls, ongoing or ended, those that another node has taken over. */
export async function listLostCalls(
  db: Queryable,
  nodeId: string,
  ids: readonly string[],
): Promise<string[]> {
  const lost = await db.query<{ id: string }>(
    { name: 'lost_calls', text: 'SELECT id FROM calls WHERE id = ANY ($2) AND node_id IS DISTINCT FROM $1' },
    [nodeId, ids],
  );
  return lost.map(({ id }) => id);
}
