import { callColumns } from '../core/calls/call-row.ts';
import { ADVISORY_LOCKS } from '../platform/database/advisory-locks.ts';
import type { Queryable } from '../platform/database/database.ts';
import { CARRIED_PROPERTIES, type CarriedCall } from './carrier.ts';

const CARRIED = `${callColumns(CARRIED_PROPERTIES)}, u.sip_address AS "sipAddress"`;

const OF_USERS = 'calls c JOIN users u ON u.id = c.user_id';

/**
 * Marks this node as alive.
 * @param deadAfter seconds; a node that was not marked for this long counts as new
 * @param carriers the names of the carriers whose calls it can hold
 */
export async function markNodeAlive(
  db: Queryable,
  nodeId: string,
  deadAfter: number,
  carriers: readonly string[],
): Promise<void> {
  await db.query(
    {
      name: 'mark_node_alive',
      text: `INSERT INTO nodes (id, carriers) VALUES ($1, $3) ON CONFLICT (id) DO UPDATE
                SET seen_at = now(),
                    carriers = excluded.carriers,
                    since = CASE WHEN nodes.seen_at < now() - make_interval(secs => $2) THEN now() ELSE nodes.since END`,
    },
    [nodeId, deadAfter, carriers],
  );
}

/** Records the address that this node has bound, and removes the nodes that had it: they are gone. @returns how many were */
export async function replaceNodes(db: Queryable, nodeId: string, boundAddress: string): Promise<number> {
  const gone = await db.query(
    {
      name: 'replace_nodes',
      locks: true,
      text: `WITH own AS (UPDATE nodes SET bound_address = $2 WHERE id = $1)
             DELETE FROM nodes WHERE bound_address = $2 AND id <> $1 RETURNING id`,
    },
    [nodeId, boundAddress],
  );
  return gone.length;
}

/** Removes this node when it stops, so that other nodes can adopt its calls at once. */
export async function deleteNode(db: Queryable, nodeId: string): Promise<void> {
  await db.query({ name: 'delete_node', text: 'DELETE FROM nodes WHERE id = $1' }, [nodeId]);
}

/**
 * Adopts the ongoing calls of dead nodes (database/functions/calls/adopt_calls.sql).
 * @param deadAfter seconds
 * @param carriers the names of the carriers whose calls this node can hold
 */
export async function adoptCalls(
  db: Queryable,
  nodeId: string,
  deadAfter: number,
  carriers: readonly string[],
): Promise<void> {
  await db.query(
    { name: 'adopt_calls', locks: true, text: 'SELECT adopt_calls($1, make_interval(secs => $2), $3, $4)' },
    [nodeId, deadAfter, carriers, ADVISORY_LOCKS.adoption],
  );
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

/** Lists the given calls, ongoing or ended, that another node has adopted. */
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

/** @returns those of the calls that are ongoing, on any node */
export async function listOngoingCalls(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const ongoing = await db.query<{ id: string }>(
    { name: 'ongoing_of_calls', text: 'SELECT id FROM calls WHERE id = ANY ($1) AND ended_at IS NULL' },
    [ids],
  );
  return ongoing.map(({ id }) => id);
}
