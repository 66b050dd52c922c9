import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import { settleAttempt } from '../../../src/core/events/deliveries/attempt-store.ts';
import { claimDeliveries } from '../../../src/core/events/deliveries/claim-store.ts';
import { listDeliveries, restartDelivery } from '../../../src/core/events/deliveries/delivery-log-store.ts';
import type { Queryable } from '../../../src/platform/database/database.ts';
import { CIRCUIT, LIMITS, startClaims } from './claims.ts';
import { deliveriesOf, loseAttempts, moveCall } from './events.ts';

const { database, sql, db, open, claimOne, statesOf } = await startClaims();

/** Far more than the rows that a statement needs, and far fewer than those of the table. */
const FEW = 1_000;
const MANY = 20_000;
const NOBODY = { running: [], turns: new Map() };
const FROM_START = { start: '', after: '' };

/** Inserts finished deliveries, and others by further statements, without the events that they belong to. */
async function fill(...more: string[]): Promise<void> {
  await sql('TRUNCATE deliveries, delivery_circuits, webhooks CASCADE');
  await sql(
    `BEGIN; SET LOCAL session_replication_role = replica;
     INSERT INTO deliveries (event_id, call_id, client_id, destination, state, attempt_at, ended_at)
     SELECT gen_random_uuid(), 'finished' || n, 'none', 'sink.example https://sink.example', 'delivered', NULL, now()
       FROM generate_series(1, ${MANY}) AS n;
     ${more.join(';')}; COMMIT; ANALYZE deliveries`,
  );
}

interface Reads {
  readonly rows: number;
  readonly looks: number;
}

/** How many rows of a table a transaction reads, and how often it looks into an index. */
function readsOf(table: string, work: (tx: Queryable) => Promise<unknown>): Promise<Reads> {
  return database.transaction(async (tx) => {
    // The counts can include those of the transactions before.
    const count = async () =>
      (
        await tx.query<Reads>({
          name: `reads_of_${table}`,
          text: `SELECT (seq_tup_read + idx_tup_fetch)::integer AS rows, idx_scan::integer AS looks
                   FROM pg_stat_xact_user_tables WHERE relname = '${table}'`,
        })
      )[0] ?? { rows: 0, looks: 0 };
    const before = await count();
    await work(tx);
    const after = await count();
    return { rows: after.rows - before.rows, looks: after.looks - before.looks };
  });
}

async function readsFew(work: (tx: Queryable) => Promise<unknown>): Promise<void> {
  const { rows } = await readsOf('deliveries', work);
  assert.ok(rows > 0 && rows < FEW, `${rows} rows`);
}

suite('among many finished deliveries, few are read', () => {
  beforeEach(() => fill());

  test('to claim one and to settle it', async () => {
    const id = await open();
    await moveCall(db, id, 'connected');
    await readsFew(async (tx) => {
      const {
        claimed: [claimed],
      } = await claimDeliveries(tx, LIMITS, NOBODY, FROM_START);
      assert.ok(claimed);
      const result = { milliseconds: 1, status: 204, problem: null, permanent: false, timedOut: false };
      await settleAttempt(
        tx,
        claimed,
        { at: new Date(), ...result, parkAfter: 3600, retryAfter: 60 },
        CIRCUIT,
      );
    });
    assert.deepEqual(await statesOf(id), ['delivered', 'due']);
  });

  test('to wake those whose attempts are lost', async () => {
    for (let calls = 0; calls < 8; calls++) await open();
    await sql(`UPDATE deliveries SET state = 'attempting', attempt_at = now() WHERE state = 'due'`);
    await loseAttempts(db);
    await readsFew((tx) => claimDeliveries(tx, LIMITS, NOBODY, FROM_START));
  });

  test('to park those that were paused for three days', async () => {
    for (let calls = 0; calls < 30; calls++) await moveCall(db, await open(), 'connected');
    await sql(`UPDATE deliveries SET state = 'paused', attempt_at = now() WHERE state = 'due'`);
    await readsFew((tx) => claimDeliveries(tx, LIMITS, NOBODY, FROM_START));
    const [{ parked } = { parked: 0 }] = await sql<{ parked: number }>(
      `SELECT count(*)::integer AS parked FROM deliveries WHERE state = 'parked'`,
    );
    assert.equal(parked, 30);
  });

  test('to resend one', async () => {
    const id = await open();
    await moveCall(db, id, 'connected');
    await claimOne();
    const [first] = await deliveriesOf(db, id);
    await readsFew((tx) => restartDelivery(tx, first?.id ?? ''));
  });

  test('to queue one', async () => {
    const id = await open();
    await readsFew((tx) =>
      tx.query({ name: 'move', text: `SELECT move_call($1, 'connected', NULL, NULL)` }, [id]),
    );
    assert.deepEqual(await statesOf(id), ['due', 'behind']);
  });

  test('to list those of a client', async () => {
    await open(undefined, 'another');
    await sql(
      `UPDATE deliveries SET client_id = 'older' WHERE id IN (SELECT id FROM deliveries ORDER BY id LIMIT 3)`,
    );
    for (const clientId of ['another', 'older', 'none'])
      await readsFew((tx) => listDeliveries(tx, { clientId }, 50));
  });
});

suite('while a host that 3,000 clients use has all its attempts', () => {
  const running = Array.from({ length: 16 }, (_, n) => ({
    clientId: `busy${n}`,
    destination: `popular.example https://popular.example`,
  }));

  beforeEach(() =>
    fill(
      `INSERT INTO webhooks (id, client_id, url, secret)
       SELECT gen_random_uuid(), 'client' || n, 'https://popular.example/' || n, '' FROM generate_series(1, 3000) AS n`,
      `INSERT INTO deliveries (event_id, call_id, client_id, webhook_id, destination, state)
       SELECT gen_random_uuid(), 'call' || client_id, client_id, id, 'popular.example ' || id, 'due' FROM webhooks`,
    ),
  );

  /** A client is visited by reading the webhook of its delivery. */
  async function visitsOf(share: typeof NOBODY | { running: typeof running }, expected: number) {
    const { looks } = await readsOf('webhooks', async (tx) => {
      const { claimed } = await claimDeliveries(tx, LIMITS, { ...NOBODY, ...share }, FROM_START);
      assert.equal(claimed.length, expected);
    });
    return looks;
  }

  /** Claims from a client on, until all others were visited. @returns the destinations, and how many claims it took */
  async function claimRound(start: string) {
    const share = { ...NOBODY, running: [...running] };
    const destinations: string[] = [];
    let claims = 0;
    for (let after: string | null = start; after !== null && claims < 100; claims++) {
      const { claimed, continueAfter } = await claimDeliveries(database, LIMITS, share, { start, after });
      destinations.push(...claimed.map(({ destination }) => destination));
      share.running.push(...claimed);
      after = continueAfter;
    }
    return { destinations: destinations.toSorted(), claims };
  }

  test('a claim visits none of these clients', async () => {
    assert.equal(await visitsOf({ running }, 0), 0);
  });

  test('a claim that gives it the last ones visits no more of them', async () => {
    const visits = await visitsOf({ running: running.slice(0, 10) }, 6);
    assert.ok(visits < 20, `${visits} visits`);
  });

  test('a claim passes over some of these clients only, and the next one continues after them', async () => {
    const passed: (string | null)[] = [];
    const { looks } = await readsOf('deliveries', async (tx) => {
      const round = { start: 'client2', after: 'client2' };
      passed.push((await claimDeliveries(tx, LIMITS, { ...NOBODY, running }, round)).continueAfter);
    });
    assert.ok(looks > 0 && looks < 600, `${looks} looks`);
    const [row] = await sql<{ between: number }>(
      `SELECT count(*)::integer AS between FROM deliveries WHERE state = 'due' AND client_id > 'client2' AND client_id <= $1`,
      passed,
    );
    assert.equal(row?.between, 500);
  });

  for (const start of ['', 'client1', 'client1700', 'client2', 'client999', 'zzz'])
    test(`a round from "${start}" on claims their deliveries to other hosts`, async () => {
      await sql('DELETE FROM webhooks');
      const others = ['client1', 'client1700', 'client999'];
      for (const client of others)
        for (const host of ['a', 'z']) await open(`https://${host}.example/`, client);
      const { destinations, claims } = await claimRound(start);
      assert.deepEqual(destinations, [
        ...others.map(() => 'a.example https://a.example'),
        ...others.map(() => 'z.example https://z.example'),
      ]);
      assert.ok(claims >= 6 && claims <= 9, `${claims} claims`);
    });
});

test('a claim visits some of the clients whose webhooks were removed, and the next one continues after them', async () => {
  await fill(
    `INSERT INTO webhooks (id, client_id, url, secret, removed_at)
     SELECT gen_random_uuid(), 'client' || n, 'https://h' || n || '.example/', '', now() FROM generate_series(1, 300) AS n`,
    `INSERT INTO deliveries (event_id, call_id, client_id, webhook_id, destination, state)
     SELECT gen_random_uuid(), 'call' || client_id, client_id, id, 'h.example ' || id, 'due' FROM webhooks`,
  );
  await open('https://z.example/', 'z');
  const claims: number[] = [];
  for (let after: string | null = ''; after !== null && claims.length < 100; ) {
    const { claimed, continueAfter } = await claimDeliveries(database, LIMITS, NOBODY, { start: '', after });
    claims.push(claimed.length);
    after = continueAfter;
  }
  assert.deepEqual(claims, [0, 0, 0, 1]);
});
