import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import type { ClaimedDelivery } from '../../../src/core/events/deliveries/claim-store.ts';
import { queueTest, restartDelivery } from '../../../src/core/events/deliveries/delivery-log-store.ts';
import { createDeliveryService } from '../../../src/core/events/deliveries/delivery-service.ts';
import { eventExpiry } from '../../../src/core/events/event-expiry.ts';
import { sweepExpired } from '../../../src/platform/jobs/expiry-sweep.ts';
import { startClaims } from './claims.ts';
import { deliveriesOf, loseAttempts, makeRetriesDue, moveCall } from './events.ts';

const { database, sql, db, open, claim, claimOne, deliver, refuse, timeOut, settle, statesOf } =
  await startClaims();
beforeEach(() => sql('TRUNCATE deliveries, delivery_circuits, webhooks CASCADE'));

const SINK = 'https://silent.example/';
const HOST = 'silent.example';
const OTHER = 'https://other.example/';

interface Circuit {
  readonly timeouts: number;
  readonly open: boolean;
  /** Seconds. */
  readonly wait: number;
}

async function circuitOf(clientId = 'none', host = HOST): Promise<Circuit | undefined> {
  const [row] = await sql<Circuit>(
    `SELECT timeouts, opened_at IS NOT NULL AS open, extract(epoch FROM paused_until - now())::float AS wait
       FROM delivery_circuits WHERE client_id = $1 AND host = $2`,
    [clientId, host],
  );
  return row;
}

const endPause = () =>
  sql(`UPDATE delivery_circuits SET paused_until = now(), resume_at = CASE WHEN resume_at IS NOT NULL THEN now() END
        WHERE opened_at IS NOT NULL`);

/** Ids of webhooks whose destinations come before and after each other. */
const FIRST = '00000000-0000-4000-8000-000000000000';
const LAST = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

async function addWebhook(id: string): Promise<string> {
  await sql(`INSERT INTO webhooks (id, client_id, url, secret) VALUES ($1, 'none', $2, '')`, [id, SINK]);
  return id;
}

/** Five attempts in a row that time out. @returns what the last one changed */
async function openCircuit(clientId = 'none', sink = SINK) {
  for (let attempts = 0; attempts < 5; attempts++) await open(sink, clientId);
  const claimed = await claim();
  assert.equal(claimed.length, 5);
  const changes = [];
  for (const one of claimed) changes.push(await timeOut(one));
  return changes;
}

suite('after five timeouts in a row of a receiver', () => {
  test('its deliveries wait, and those to other hosts do not', async () => {
    const changes = await openCircuit();
    assert.deepEqual(
      changes.map((change) => change?.change),
      [undefined, undefined, undefined, undefined, 'opened'],
    );
    const { clientId, host, timeouts } = changes[4] ?? {};
    assert.deepEqual({ clientId, host, timeouts }, { clientId: 'none', host: HOST, timeouts: 5 });
    const late = await open();
    await open(SINK);
    const other = await open(OTHER);
    const claimed = await claim();
    assert.deepEqual(
      new Set(claimed.map(({ destination }) => destination.split(' ')[0])),
      new Set(['sink.example', 'other.example']),
    );
    for (const one of claimed) await deliver(one);
    assert.deepEqual([await statesOf(late), await statesOf(other)], [['delivered'], ['delivered']]);
    assert.deepEqual(await claim(), []);
    const { open: isOpen, wait = 0 } = (await circuitOf()) ?? {};
    assert.ok(isOpen && wait > 25 && wait <= 30, `${wait} s`);
  });

  test('those of other clients to the same host do not wait', async () => {
    await openCircuit('a');
    await open(SINK, 'b');
    await open(SINK, 'a');
    const { clientId } = await claimOne();
    assert.equal(clientId, 'b');
  });

  test('an answer in between counts from the beginning, whatever its status', async () => {
    for (let attempts = 0; attempts < 5; attempts++) await open(SINK);
    const claimed = await claim();
    for (const one of claimed.slice(0, 4)) await timeOut(one);
    assert.equal((await circuitOf())?.timeouts, 4);
    await refuse(claimed[4] as ClaimedDelivery);
    assert.equal(await circuitOf(), undefined);
  });

  test('an attempt that says nothing about the receiver changes nothing', async () => {
    await openCircuit();
    await endPause();
    await open(SINK);
    await settle(await claimOne(), 'the server stopped during the attempt', { timedOut: null });
    assert.deepEqual([(await circuitOf())?.open, (await circuitOf())?.timeouts], [true, 5]);
  });

  test('a paused delivery keeps its failures, and its place in its lane', async () => {
    await openCircuit();
    const id = await open(SINK);
    await moveCall(db, id, 'connected');
    assert.deepEqual(await claim(), []);
    assert.deepEqual(await statesOf(id), ['paused', 'behind']);
    const failures = await sql('SELECT failures FROM deliveries WHERE call_id = $1', [id]);
    assert.deepEqual(failures, [{ failures: 0 }, { failures: 0 }]);
    await endPause();
    await deliver(await claimOne());
    assert.deepEqual(await statesOf(id), ['delivered', 'due']);
    await deliver(await claimOne());
    assert.deepEqual(await statesOf(id), ['delivered', 'delivered']);
  });
});

suite('when the pause is over', () => {
  test('one delivery is attempted, and the others still wait', async () => {
    await openCircuit();
    for (let calls = 0; calls < 3; calls++) await open(SINK);
    assert.deepEqual(await claim(), []);
    await endPause();
    await claimOne();
    assert.deepEqual(await claim(), []);
    const { wait = 0 } = (await circuitOf()) ?? {};
    assert.ok(wait > 25 && wait <= 30, `another probe follows when this one is lost, not after ${wait} s`);
  });

  test('a probe that times out doubles the pause, up to a bound; an attempt that began before does not', async () => {
    for (let attempts = 0; attempts < 8; attempts++) await open(SINK);
    const before = await claim();
    assert.equal(before.length, 8);
    for (const one of before) await timeOut(one, { retryAfter: 9_999 });
    const waits = [(await circuitOf())?.wait];
    await open(SINK);
    for (let probes = 0; probes < 3; probes++) {
      await endPause();
      assert.equal(await timeOut(await claimOne(), { retryAfter: 0 }), undefined);
      waits.push((await circuitOf())?.wait);
    }
    assert.deepEqual(
      waits.map((wait) => Math.ceil((wait ?? 0) / 10) * 10),
      [30, 60, 120, 120],
    );
    assert.equal((await circuitOf())?.timeouts, 11);
  });

  test('a probe that gets an answer lets all others go', async () => {
    await openCircuit();
    const calls = await Promise.all(Array.from({ length: 6 }, () => open(SINK)));
    assert.deepEqual(await claim(), []);
    await endPause();
    const closed = await deliver(await claimOne());
    assert.deepEqual([closed?.change, closed?.timeouts, closed?.host], ['closed', 5, HOST]);
    const claimed = await claim();
    assert.equal(claimed.length, 5);
    for (const one of claimed) await deliver(one);
    assert.deepEqual((await Promise.all(calls.map(statesOf))).flat(), Array(6).fill('delivered'));
    await claim();
    assert.equal(await circuitOf(), undefined);
  });

  test('a probe that is lost with its node is repeated', async () => {
    await openCircuit();
    await open(SINK);
    await endPause();
    const lost = await claimOne();
    await loseAttempts(db);
    await endPause(); // both end at the same time
    const again = await claimOne();
    assert.equal(again.id, lost.id);
    assert.equal((await deliver(again))?.change, 'closed');
  });

  test('and nothing waits, the next delivery is the probe', async () => {
    await openCircuit();
    await endPause();
    assert.deepEqual(await claim(), []);
    await open(SINK);
    await open(SINK);
    await timeOut(await claimOne());
    assert.equal(Math.round((await circuitOf())?.wait ?? 0), 60);
  });
});

suite('the probe', () => {
  test('is the first open delivery of its lane, also if a later one is due', async () => {
    await openCircuit();
    const id = await open(SINK);
    await moveCall(db, id, 'connected');
    await claim();
    // As if the second one had been queued while the first one was locked.
    await sql(`UPDATE deliveries SET state = 'due', attempt_at = now() WHERE state = 'behind'`);
    await endPause();
    assert.equal((await claimOne()).id, (await deliveriesOf(db, id))[0]?.id);
  });

  test('is not a later delivery of a lane, also if the first one is locked', async () => {
    await openCircuit();
    const id = await open(SINK);
    await moveCall(db, id, 'connected');
    await claim();
    await sql(
      `UPDATE deliveries SET state = 'paused', attempt_at = now() + interval '1 day' WHERE state = 'behind'`,
    );
    await endPause();
    const [first] = await deliveriesOf(db, id);
    const transition = await database.pool.connect();
    await transition.query('BEGIN');
    await transition.query('SELECT FROM deliveries WHERE id = $1 FOR SHARE', [first?.id]);
    const claimed = await claim();
    await transition.query('COMMIT');
    transition.release();
    assert.deepEqual([claimed, await statesOf(id)], [[], ['paused', 'paused']]);
    await endPause();
    assert.equal((await claimOne()).id, first?.id);
  });

  test('is a delivery to another destination, if a webhook of the host was removed', async () => {
    await openCircuit();
    const removed = await addWebhook(FIRST);
    const [paused, due] = [await open(SINK), await open(SINK)];
    await claim();
    await sql(`UPDATE webhooks SET removed_at = now() WHERE id = $1`, [removed]);
    await sql(
      `UPDATE deliveries SET state = 'due', attempt_at = now() WHERE webhook_id IS NOT NULL AND call_id = $1`,
      [due],
    );
    await endPause();
    const { destination } = await claimOne();
    assert.equal(destination, 'silent.example https://silent.example');
    assert.deepEqual((await statesOf(paused)).length, 2);
  });

  test('is followed by another one at once, if it was not sent', async () => {
    await openCircuit();
    for (let calls = 0; calls < 2; calls++) await open(SINK);
    await claim();
    await endPause();
    const first = await claimOne();
    await settle(first, 'not sent', { timedOut: null, permanent: true });
    assert.notEqual((await claimOne()).id, first.id);
  });

  test('of a client is claimed, although another client has twenty that wait for its places', async () => {
    await sql(
      `INSERT INTO delivery_circuits (client_id, host, timeouts, last_timeout_at, opened_at, pause, paused_until, resume_at)
       SELECT 'a', 'h' || n || '.example', 5, now(), now(), interval '30 s', now() - interval '1 minute', now() - interval '1 minute'
         FROM generate_series(1, 20) AS n
       UNION ALL
       SELECT 'b', 'silent.example', 5, now(), now(), interval '30 s', now(), now()`,
    );
    for (let host = 1; host <= 20; host++) {
      await open(`https://h${host}.example/`, 'a');
      const paused = await open(`https://h${host}.example/`, 'a');
      await sql(
        `UPDATE deliveries SET state = 'paused', attempt_at = now() + interval '1 day' WHERE call_id = $1`,
        [paused],
      );
    }
    await open(SINK, 'b');
    await sql(
      `UPDATE deliveries SET state = 'paused', attempt_at = now() + interval '1 day' WHERE client_id = 'b'`,
    );
    const running = Array.from({ length: 16 }, (_, n) => ({
      clientId: 'a',
      destination: `busy${n}.example https://busy${n}.example`,
    }));
    const claimed = [...(await claim({ running })), ...(await claim({ running }))];
    assert.deepEqual(
      claimed.map(({ clientId }) => clientId),
      ['b'],
    );
  });
});

suite('the deliveries of a receiver with thousands of them', () => {
  test('are paused and resumed in portions, which one claim after the other takes', async () => {
    await openCircuit();
    const calls = await Promise.all(Array.from({ length: 130 }, () => open(SINK)));
    const paused = async () =>
      (await sql<{ count: number }>(`SELECT count(*)::integer FROM deliveries WHERE state = 'paused'`))[0]
        ?.count;
    const counts = [];
    for (let claims = 0; claims < 3; claims++) {
      assert.deepEqual(await claim(), []);
      counts.push(await paused());
    }
    assert.ok((counts[0] ?? 0) < 130 && counts.at(-1) === 130, String(counts));
    await endPause();
    await deliver(await claimOne());
    let claimed: ClaimedDelivery[] = [];
    do {
      claimed = await claim();
      for (const one of claimed) await deliver(one);
    } while (claimed.length > 0);
    assert.deepEqual((await Promise.all(calls.map(statesOf))).flat(), Array(130).fill('delivered'));
  });
});

suite('the three days until a delivery is parked', () => {
  test('pass while it is paused, from its first attempt or its first pause; the log says so', async () => {
    await openCircuit();
    const id = await open(SINK);
    await moveCall(db, id, 'connected');
    await claim();
    const [row] = await sql<{ days: number }>(
      `SELECT extract(epoch FROM attempt_at - tried_since)::float / 86400 AS days FROM deliveries WHERE call_id = $1 AND state = 'paused'`,
      [id],
    );
    assert.equal(row?.days, 3);
    await sql(`UPDATE deliveries SET attempt_at = now() WHERE state = 'paused'`);
    await claim();
    const [first, second] = await deliveriesOf(db, id);
    assert.deepEqual([first?.state, second?.state], ['parked', 'paused']);
    assert.match(first?.attempts[0]?.problem ?? '', /not sent: the receiver was paused/);
  });

  test('end for many at the same time: one claim after the other parks some, and what retries does not wait', async () => {
    const retrying = await open(OTHER);
    await refuse(await claimOne());
    await openCircuit();
    const calls = await Promise.all(Array.from({ length: 60 }, () => open(SINK)));
    await claim();
    await claim();
    await sql(`UPDATE deliveries SET attempt_at = now() - interval '1 minute' WHERE state = 'paused'`);
    await sql(`UPDATE deliveries SET attempt_at = now() WHERE call_id = $1`, [retrying]);
    assert.equal((await claimOne()).destination, 'other.example https://other.example');
    const parked = async () =>
      (await Promise.all(calls.map(statesOf))).flat().filter((state) => state === 'parked').length;
    assert.equal(await parked(), 50);
    await claim();
    assert.equal(await parked(), 60);
  });

  test('pass on for a delivery that had been tried before', async () => {
    const id = await open(SINK);
    await refuse(await claimOne());
    await sql(`UPDATE deliveries SET tried_since = now() - interval '2 days' WHERE call_id = $1`, [id]);
    await openCircuit();
    await makeRetriesDue(db);
    await claim();
    const [row] = await sql<{ days: number }>(
      `SELECT extract(epoch FROM attempt_at - now())::float / 86400 AS days FROM deliveries WHERE call_id = $1`,
      [id],
    );
    assert.ok(Math.abs((row?.days ?? 0) - 1) < 0.01, `${row?.days} days`);
  });
});

suite('a pause ends at once', () => {
  test('when a paused delivery is resent: it is the probe', async () => {
    await openCircuit();
    const id = await open(SINK);
    await claim();
    const [delivery] = await deliveriesOf(db, id);
    assert.equal(delivery?.state, 'paused');
    await restartDelivery(database, delivery?.id ?? '');
    const probe = await claimOne();
    assert.equal(probe.id, delivery?.id);
    assert.equal((await deliver(probe))?.change, 'closed');
  });

  test('when a test event is sent: it is the probe', async () => {
    await openCircuit();
    const [webhook] = await sql<{ id: string }>(
      `INSERT INTO webhooks (client_id, url, secret) VALUES ('none', $1, '') RETURNING id`,
      [SINK],
    );
    const test = await queueTest(database, webhook?.id ?? '');
    assert.equal((await claimOne()).id, test);
  });

  test('and the probe is that delivery, also if others to the host are due', async () => {
    await openCircuit();
    const resent = await open(SINK);
    await claim();
    await open(SINK);
    const first = await addWebhook(FIRST);
    const last = await addWebhook(LAST);
    await queueTest(database, first);
    const test = await queueTest(database, last);
    assert.equal((await claimOne()).id, test);
    assert.deepEqual(await claim(), []);

    const [delivery] = await deliveriesOf(db, resent);
    await restartDelivery(database, delivery?.id ?? '');
    await open(SINK);
    assert.equal((await claimOne()).id, delivery?.id);
    assert.deepEqual(await claim(), []);
  });
});

test('the delivery log says until when a pending delivery is paused, and why', async () => {
  await openCircuit();
  const id = await open(SINK);
  await open(OTHER);
  await claim();
  const { items } = await createDeliveryService(database).listDeliveries({ clientId: 'none' }, { size: 10 });
  const [other, paused] = items;
  assert.deepEqual([other?.pause, paused?.callId, paused?.state], [null, id, 'pending']);
  assert.equal(paused?.pause?.timeouts, 5);
  assert.ok(Math.abs(Date.parse(paused?.pause?.until ?? '') - Date.now() - 30_000) < 5_000);
});

test('circuits without a timeout for a day are swept, unless deliveries wait for them', async () => {
  await openCircuit('unused');
  await openCircuit('used');
  await open(SINK, 'used');
  await claim();
  await sql(`UPDATE delivery_circuits SET last_timeout_at = now() - interval '23 hours'`);
  await sweepExpired(database, eventExpiry);
  assert.ok(await circuitOf('unused'));
  await sql(`UPDATE delivery_circuits SET last_timeout_at = now() - interval '25 hours'`);
  await sweepExpired(database, eventExpiry);
  assert.equal(await circuitOf('unused'), undefined);
  assert.ok(await circuitOf('used'));
});
