import assert from 'node:assert/strict';
import {
  type AttemptResult,
  type CircuitChange,
  type CircuitSettings,
  settleAttempt,
} from '../../../src/core/events/deliveries/attempt-store.ts';
import {
  type ClaimedDelivery,
  type ClaimLimits,
  claimDeliveries,
  type NodeShare,
} from '../../../src/core/events/deliveries/claim-store.ts';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { deliveriesOf, openCallOf } from './events.ts';

export const LIMITS: ClaimLimits = { places: 32, perReceiver: 8, lostAfter: 30, parkAfter: 3 * 24 * 3600 };
export const CIRCUIT: CircuitSettings = { openAfter: 5, firstPause: 30, maxPause: 120 };

/** A database with a user, and what a node does with deliveries, without sending anything. */
export async function startClaims() {
  const url = await createDatabase();
  const database = connectDatabase(url);
  const otherNode = connectDatabase(url);
  afterFile(async () => {
    await Promise.all([database.close(), otherNode.close()]);
    await dropDatabase(url);
  });
  const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await database.pool.query(text, values)).rows;
  const db = { sql };
  await sql(`INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ('anna', '', 999)`);

  /** One claim, which visits everything that the tests have. */
  const claim = async (
    share: Partial<NodeShare> = {},
    limits: Partial<ClaimLimits> = {},
    node = database,
  ): Promise<ClaimedDelivery[]> => {
    const given = { running: [], turns: new Map<string, string>(), ...share };
    const [start = ''] = [...given.turns.keys()].slice(-1);
    const { claimed, continueAfter } = await claimDeliveries(node, { ...LIMITS, ...limits }, given, {
      start,
      after: start,
    });
    assert.equal(continueAfter, null);
    return [...claimed];
  };
  const settle = (
    claimed: ClaimedDelivery,
    problem: string | null,
    given: Partial<AttemptResult> = {},
  ): Promise<CircuitChange | undefined> => {
    const result = { status: null, permanent: false, timedOut: false, parkAfter: 3600, retryAfter: 60 };
    return settleAttempt(
      database,
      claimed,
      { at: new Date(), milliseconds: 1, ...result, ...given, problem },
      CIRCUIT,
    );
  };

  return {
    database,
    otherNode,
    sql,
    db,
    claim,
    /** A call with a sink. @returns its id */
    open: (sink = 'https://sink.example/path', clientId = 'none') =>
      openCallOf(db, { userName: 'anna', clientId, sink }),
    async claimOne(share: Partial<NodeShare> = {}): Promise<ClaimedDelivery> {
      const [claimed, ...others] = await claim(share);
      assert.ok(claimed && others.length === 0, `${others.length + (claimed ? 1 : 0)} claimed`);
      return claimed;
    },
    deliver: (claimed: ClaimedDelivery) => settle(claimed, null, { status: 204 }),
    refuse: (claimed: ClaimedDelivery) => settle(claimed, 'answered 500', { status: 500 }),
    timeOut: (claimed: ClaimedDelivery, given: Partial<AttemptResult> = {}) =>
      settle(claimed, 'no answer within 15 s', { timedOut: true, ...given }),
    settle,
    statesOf: async (callId: string) => (await deliveriesOf(db, callId)).map(({ state }) => state),
  };
}
