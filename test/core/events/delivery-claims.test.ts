import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import type { ClaimedDelivery } from '../../../src/core/events/deliveries/claim-store.ts';
import { restartDelivery } from '../../../src/core/events/deliveries/delivery-log-store.ts';
import { ADVISORY_LOCKS } from '../../../src/platform/database/advisory-locks.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { startClaims } from './claims.ts';
import { deliveriesOf, loseAttempts, makeRetriesDue, moveCall } from './events.ts';

const { database, otherNode, sql, db, open, claim, claimOne, deliver, refuse, statesOf } =
  await startClaims();
beforeEach(() => sql('DELETE FROM deliveries'));

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
    await settling.query(
      `SELECT settle_attempt($1, $2, now(), 1, 204, NULL, false, '3 days', '4 s', false, 5, '30 s', '15 min')`,
      [first.id, first.attempt],
    );
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
  test('has at most eight attempts of a client, however many nodes claim at the same time', async () => {
    await Promise.all(Array.from({ length: 40 }, () => open()));
    const claims = await Promise.all(
      [database, otherNode, database, otherNode].map((node) => claim({}, {}, node)),
    );
    assert.equal(claims.flat().length, 8);
    await deliver(claims.flat()[0] as ClaimedDelivery);
    assert.equal((await claim()).length, 1);
  });

  test('has no more attempts because another node is claiming some', async () => {
    await Promise.all(Array.from({ length: 40 }, () => open()));
    const other = await otherNode.pool.connect();
    await other.query('BEGIN');
    const { rows } = await other.query(
      `SELECT claimed FROM claim_deliveries($1, 10, 8, '30 s', '3 days', '{}', '{}', '{}', '{}', '', '')`,
      [ADVISORY_LOCKS.deliveryClaim],
    );
    const claimed = claim();
    await waitsOrEnds(db, claimed);
    await other.query('COMMIT');
    other.release();
    assert.deepEqual([rows[0].claimed.length, (await claimed).length], [5, 3]);
  });

  test('is the host of a sink, with its scheme and port', async () => {
    for (const sink of [
      'https://a.example/x',
      'https://a.example?y',
      'https://A.example#z',
      'https://a.example.:8443/x',
      'https://[2001:db8::1]:1/x',
    ])
      await open(sink);
    const destinations = (await claim()).map(({ destination }) => destination);
    assert.deepEqual(destinations.toSorted(), [
      '[2001:db8::1] https://[2001:db8::1]:1',
      'a.example https://A.example',
      'a.example https://a.example',
      'a.example https://a.example',
      'a.example https://a.example.:8443',
    ]);
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
    await claim({}, { lostAfter: 30 });
    assert.deepEqual(await claim(), []);
    const [row] = await sql<{ wait: number }>(
      'SELECT extract(epoch FROM attempt_at - now())::float AS wait FROM deliveries',
    );
    const wait = row?.wait ?? 0;
    assert.ok(wait > 25 && wait <= 30, `${wait} s`);
  });
});
