import type { CallChange, LegName } from '../core/calls/call.ts';
import { CHANGE } from '../core/calls/call-row.ts';
import type { Step } from '../core/calls/transition-store.ts';
import type { Queryable } from '../platform/database/database.ts';

/** A leg as its carrier stores it, so that another process can continue or end it. */
export interface CarriedLeg {
  readonly leg: LegName;
  /** Identifies the record among those of the call. */
  readonly attempt: string;
  /** Seconds after which the phone ends the leg if the session is not refreshed; null: it never does. */
  readonly sessionInterval: number | null;
  readonly saved: object;
}

/** Legs of one call, which the node must hold. */
export interface CarriedLegs {
  readonly callId: string;
  readonly carrier: string;
  readonly legs: readonly CarriedLeg[];
}

/** Another node holds the call. */
export class CallLost extends Error {
  constructor() {
    super('another node holds the call');
  }
}

/** Stores legs (database/functions/calls/save_legs.sql). @throws CallLost */
export async function saveLegs(
  db: Queryable,
  nodeId: string,
  { callId, carrier, legs }: CarriedLegs,
): Promise<void> {
  const [result] = await db.query<{ saved: boolean }>(
    { name: 'save_legs', text: 'SELECT save_legs($1, $2, $3, $4) AS saved' },
    [callId, nodeId, carrier, JSON.stringify(legs)],
  );
  if (!result?.saved) throw new CallLost();
}

/**
 * Changes the state of the call, as moveCall does, and stores legs in the same transaction.
 * @returns the change; undefined if nothing changed. @throws CallLost
 */
export async function moveCallWithLegs(
  db: Queryable,
  nodeId: string,
  { state }: Step,
  { callId, carrier, legs }: CarriedLegs,
): Promise<CallChange | undefined> {
  const [result] = await db.query<CallChange & { saved: boolean }>(
    {
      name: 'move_call_with_legs',
      locks: true,
      // the join runs move_call first: it takes the lock on the user before save_legs takes the one on the call
      text: `SELECT ${CHANGE}, save_legs($1, $2, $4, $5) AS saved
               FROM (SELECT) AS one LEFT JOIN move_call($1, $3, NULL, NULL, $2) c ON true`,
    },
    [callId, nodeId, state, carrier, JSON.stringify(legs)],
  );
  if (!result?.saved) throw new CallLost();
  const { saved: _, ...change } = result;
  return change.callId === null ? undefined : change;
}
