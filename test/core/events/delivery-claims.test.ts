import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import {
  type AttemptResult,
  type ClaimedDelivery,
  type ClaimLimits,
  claimDeliveries,
  settleAttempt,
} from '../../../src/core/events/deliveries/attempt-store.ts';
import { restartDelivery } from '../../../src/core/events/deliveries/delivery-log-store.ts';
import { ADVISORY_LOCKS } from '../../../src/platform/database/advisory-locks.ts';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { deliveriesOf, loseAttempts, makeRetriesDue, moveCall, openCallOf } from './events.ts';

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
beforeEach(() => sql('DELETE FROM deliveries'));

const LIMITS: ClaimLimits = { deliveries: 32, perDestination: 8, lostAfter: 30 };
const open = (sink = 'https://sink.example/path') =>
  openCallOf(db, { userName: 'anna', clientId: 'none', sink });
const claim = (limits: Partial<ClaimLimits> = {}, after = '') =>
  claimDeliveries(database, { ...LIMITS, ...limits }, after);
const statesOf = async (callId: string) => (await deliveriesOf(db, callId)).map(({ state }) => state);

async function claimOne(): Promise<ClaimedDelivery> {
  const [claimed, ...others] = await claim();
  assert.ok(claimed && others.length === 0);
  return claimed;
}

const result = (problem: string | null, given: Partial<AttemptResult> = {}): AttemptResult => ({
  ...{ at: new Date(), milliseconds: 1, status: null, permanent: false, parkAfter: 60, retryAfter: 60 },
  ...given,
  problem,
});
const deliver = (claimed: ClaimedDelivery) => settleAttempt(database, claimed, result(null));
const refuse = (claimed: ClaimedDelivery) => settleAttempt(database, claimed, result('answered 500'));

suite('the deliveries of a lane', () => {
  test('are claimed one after the other', async () => {
    const id = await open();
    await moveCall(db, id, 'callingCaller');
    await moveCall(db, id, 'callingCallee');
    for (const finished of [0, 1, 2]) {
      const claimed = await claimOne();
      assert.deepEqual(await claim(), []);
      await deliver(claimed);
      assert.equal((await statesOf(id)).filter((state) => state === 'delivered').length, finished + 1);
    }
  });

  test('wait for an earlier one that is being settled', async () => {
    const id = await open();
    const first = await claimOne();
    const settling = await database.pool.connect();
    await settling.query('BEGIN');
    await settling.query(`SELECT settle_attempt($1, $2, now(), 1, 204, NULL, false, '3 days', '4 s')`, [
      first.id,
      first.attempt,
    ]);
    await moveCall(db, id, 'callingCaller'); // does not wait for the lock
    assert.deepEqual(await claim(), []);
    await settling.query('COMMIT');
    settling.release();
    await claimOne();
    assert.deepEqual(await statesOf(id), ['delivered', 'attempting']);
  });

  test('are behind a failed one, also if they were queued while it was locked', async () => {
    const id = await open();
    const claiming = await database.pool.connect();
    await claiming.query('BEGIN');
    await claiming.query('SELECT FROM deliveries WHERE call_id = $1 FOR UPDATE', [id]);
    await moveCall(db, id, 'callingCaller');
    await claiming.query('COMMIT');
    claiming.release();
    await refuse(await claimOne());
    assert.deepEqual(await statesOf(id), ['retrying', 'behind']);
  });

  test('do not stay behind one that ends while they are queued', async () => {
    const id = await open();
    const first = await claimOne();
    const transition = await database.pool.connect();
    await transition.query('BEGIN');
    await transition.query(`SELECT move_call($1, 'callingCaller', NULL, NULL)`, [id]);
    const settled = deliver(first);
    await waitsOrEnds(db, settled);
    await transition.query('COMMIT');
    transition.release();
    await settled;
    assert.deepEqual(await statesOf(id), ['delivered', 'due']);
  });

  test('wait behind an earlier one that is resent', async () => {
    const id = await open();
    await moveCall(db, id, 'callingCaller');
    await deliver(await claimOne());
    await refuse(await claimOne());
    const [first] = await deliveriesOf(db, id);
    await restartDelivery(database, first?.id ?? '');
    assert.deepEqual(await statesOf(id), ['due', 'behind']);
    const again = await claimOne();
    assert.equal(again.id, first?.id);
    await deliver(again);
    assert.deepEqual(await statesOf(id), ['delivered', 'due']);
  });

  test('have one attempt at a time, also when an earlier one is resent during the attempt', async () => {
    const id = await open();
    await moveCall(db, id, 'callingCaller');
    await deliver(await claimOne());
    const second = await claimOne();
    await restartDelivery(database, (await deliveriesOf(db, id))[0]?.id ?? '');
    assert.deepEqual(await claim(), []);
    await deliver(second);
    await claimOne();
    assert.deepEqual(await statesOf(id), ['attempting', 'delivered']);
  });
});

suite('a destination', () => {
  test('has at most eight attempts, however many nodes claim at the same time', async () => {
    await Promise.all(Array.from({ length: 40 }, () => open()));
    const claims = await Promise.all(
      [database, otherNode, database, otherNode].map((node) => claimDeliveries(node, LIMITS, '')),
    );
    assert.equal(claims.flat().length, 8);
    await deliver(claims.flat()[0] as ClaimedDelivery);
    assert.equal((await claim()).length, 1);
  });

  test('has no more attempts because another node is claiming some', async () => {
    await Promise.all(Array.from({ length: 40 }, () => open()));
    const other = await otherNode.pool.connect();
    await other.query('BEGIN');
    const { rows } = await other.query(`SELECT claim_deliveries($1, 5, 8, '', '30 s')`, [
      ADVISORY_LOCKS.deliveryClaim,
    ]);
    const claimed = claim();
    await waitsOrEnds(db, claimed);
    await other.query('COMMIT');
    other.release();
    assert.deepEqual([rows.length, (await claimed).length], [5, 3]);
  });

  test('is the host of a sink, with its port', async () => {
    for (const sink of ['https://a.example/x', 'https://a.example?y', 'https://a.example:8443/x'])
      await open(sink);
    const destinations = (await claim()).map(({ destination }) => destination);
    assert.deepEqual(destinations, ['https://a.example', 'https://a.example', 'https://a.example:8443']);
  });

  test('takes turns with the others, however many deliveries it has', async () => {
    for (const name of ['a', 'a', 'a', 'b', 'c']) await open(`https://${name}.example/`);
    let after = '';
    const order: string[] = [];
    for (let claims = 0; claims < 5; claims++) {
      const [claimed] = await claim({ deliveries: 1 }, after);
      after = claimed?.destination ?? '';
      order.push(after);
    }
    assert.deepEqual(
      order,
      ['a', 'b', 'c', 'a', 'a'].map((name) => `https://${name}.example`),
    );
  });
});

suite('an attempt', () => {
  test('that takes too long is lost: the delivery is due again, and the late result is ignored', async () => {
    const id = await open();
    const late = await claimOne();
    await loseAttempts(db);
    const again = await claimOne();
    assert.equal(again.id, late.id);
    await deliver(late);
    assert.deepEqual(await statesOf(id), ['attempting']);
    await deliver(again);
    assert.equal((await deliveriesOf(db, id))[0]?.attempts.length, 1);
  });

  test('that failed is followed by another one after its wait, not before', async () => {
    await open();
    await refuse(await claimOne());
    assert.deepEqual(await claim(), []);
    await makeRetriesDue(db);
    await claimOne();
  });

  test('counts as lost after its time, not before', async () => {
    await open();
    await claim({ lostAfter: 30 });
    assert.deepEqual(await claim(), []);
    const [row] = await sql<{ wait: number }>(
      'SELECT extract(epoch FROM attempt_at - now())::float AS wait FROM deliveries',
    );
    const wait = row?.wait ?? 0;
    assert.ok(wait > 25 && wait <= 30, `${wait} s`);
  });
});
