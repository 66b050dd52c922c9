import { ADVISORY_LOCKS } from '../../platform/database/advisory-locks.ts';
import type { Queryable } from '../../platform/database/database.ts';
import type { CallChange, EndCause, EndedBy, FinalState, REASONS_BY_STATE } from './call.ts';
import { CHANGE } from './call-row.ts';

/** A transition to a final state, with a reason that this state can have. */
export type Ending = {
  readonly [State in FinalState]: {
    readonly state: State;
    readonly reason: (typeof REASONS_BY_STATE)[State][number];
    readonly cause?: EndCause;
  };
}[FinalState];

/** A transition that a carrier reports. */
export type Progress = { readonly state: 'callingCaller' | 'callingCallee' | 'connected' } | Ending;

/** A request to change the state of a call. */
export interface MoveRequest {
  readonly id: string;
  readonly progress: Progress;
  readonly endedBy: EndedBy | null;
  /** Change the call only if this node holds it; null: any node. */
  readonly nodeId: string | null;
}

/**
 * Changes the state of a call if the new state may follow the old one (database/functions/calls/move_call.sql).
 * @returns the change; undefined if nothing changed
 */
export async function moveCall(
  db: Queryable,
  { id, progress, endedBy, nodeId }: MoveRequest,
): Promise<CallChange | undefined> {
  const { reason = null, cause = null } = 'reason' in progress ? progress : {};
  const [change] = await db.query<CallChange>(
    {
      name: 'move_call',
      locks: true,
      text: `SELECT ${CHANGE} FROM move_call($1, $2, $3, $4, $5, $6) c`,
    },
    [id, progress.state, reason, endedBy, nodeId, cause],
  );
  return change;
}

/** The outcome of a MoveRequest; the columns of the change are null when nothing changed. */
export interface MovedRow extends CallChange {
  /** Another transaction holds the lock on the user's row. */
  readonly locked: boolean;
}

/**
 * Changes the states of several calls in one round trip, and never waits for a lock (move_each_call in database/functions/).
 * @param requests each for another call
 * @returns a row for each request, in their order
 */
export function moveEachCall(db: Queryable, requests: readonly MoveRequest[]): Promise<MovedRow[]> {
  return db.query<MovedRow>(
    {
      name: 'move_each_call',
      batch: true,
      text: `SELECT m.locked, ${CHANGE} FROM move_each_call($1) m, LATERAL (SELECT (m.moved).*) c ORDER BY m.n`,
    },
    [JSON.stringify(requests.map(moveRecord))],
  );
}

function moveRecord({ id, progress, endedBy, nodeId }: MoveRequest) {
  const { state, ...ending } = progress;
  return { ...ending, id, state, ended_by: endedBy, node_id: nodeId };
}

/** Records that the recording failed, for a call that this node holds or held until it ended. */
export async function failRecording(db: Queryable, id: string, nodeId: string): Promise<void> {
  await db.query({ name: 'fail_recording', locks: true, text: 'SELECT fail_recording($1, $2)' }, [
    id,
    nodeId,
  ]);
}

/** Ends overdue calls. Does nothing while another node sweeps. @param limit maximum number of calls */
export function sweepOverdueCalls(db: Queryable, limit: number): Promise<CallChange[]> {
  return db.query<CallChange>(
    {
      name: 'sweep_overdue_calls',
      locks: true,
      text: `SELECT ${CHANGE} FROM sweep_overdue_calls($1, $2) c`,
    },
    [limit, ADVISORY_LOCKS.overdueCalls],
  );
}
