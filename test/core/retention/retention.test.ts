import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import {
  applyRetention,
  createRetention,
  type RetentionSettings,
  startRetention,
} from '../../../src/core/retention/retention.ts';
import { ADVISORY_LOCKS } from '../../../src/platform/database/advisory-locks.ts';
import { abortedAfter } from '../../harness/abort.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { request } from '../../platform/http/request.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { CALLS } from '../../web/api/call.ts';
import { getCall, getCalls, openCall, stopCall } from '../../web/classic/call.ts';
import { connect, insertCalls, insertUser } from '../calls/rows.ts';
import { openStream } from '../events/stream-reader.ts';

const app = await startApp();
const client = await addClassicClient(app);
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 10, numbers: ['+447700900777'] });
const token = await classicToken(app, client, 'anna');

/** Inserts a call, with its records, that ended the given number of hours before the last midnight in UTC. */
async function endedCall(hours: number): Promise<string> {
  const id = await openCall(app, token);
  await app.sql(
    `UPDATE calls SET client_reference = 'T-1', metadata = '{"deal": "4711"}', sink = 'https://crm.example/events',
                      sink_token = 'x', sink_correlator = 'y' WHERE id = $1`,
    [id],
  );
  await stopCall(app, token, id);
  await app.sql(
    `UPDATE calls SET created_at = ended_at - interval '60 days',
                      ended_at = date_trunc('day', now(), 'UTC') - $2 * interval '1 hour' WHERE id = $1`,
    [id, hours],
  );
  return id;
}

async function startOver(): Promise<void> {
  await app.sql('DELETE FROM calls; DELETE FROM retention_runs; TRUNCATE counted_days CASCADE');
}

async function idsLeft(): Promise<string[]> {
  const rows = await app.sql<{ id: string }>('SELECT id FROM calls WHERE stripped_at IS NULL ORDER BY id');
  return rows.map(({ id }) => id);
}

const count = async (table: string) =>
  (await app.sql<{ count: number }>(`SELECT count(*)::integer AS count FROM ${table}`))[0]?.count;

const dayOff = { days: undefined, action: 'remove' } as const;

suite('calls past the retention', () => {
  for (const action of ['remove', 'strip'] as const) {
    test(`are processed by ${action}, day by day, and no other calls`, async () => {
      await startOver();
      const old = await endedCall(30 * 24 + 0.01);
      const young = await endedCall(30 * 24 - 0.01);
      const ongoing = await openCall(app, token);
      await app.sql(`UPDATE calls SET created_at = now() - interval '90 days' WHERE id = $1`, [ongoing]);
      await applyRetention(app.database, { days: 30, action });
      assert.deepEqual(await idsLeft(), [young, ongoing].sort());
      assert.equal(
        (await app.sql('SELECT id FROM calls WHERE id = $1', [old])).length,
        action === 'remove' ? 0 : 1,
      );
      await stopCall(app, token, ongoing);
    });
  }

  test('are kept forever without RETENTION_DAYS', async () => {
    await startOver();
    const old = await endedCall(24 * 1000);
    await applyRetention(app.database, dayOff);
    assert.deepEqual(await idsLeft(), [old]);
  });

  test('are removed with their events and deliveries', async () => {
    await startOver();
    await endedCall(24 * 40);
    assert.ok((await count('call_events')) && (await count('deliveries')));
    await applyRetention(app.database, { days: 30, action: 'remove' });
    assert.deepEqual(
      [await count('calls'), await count('call_events'), await count('deliveries')],
      [0, 0, 0],
    );
  });

  test('are counted for the statistics before they are removed', async () => {
    await startOver();
    await endedCall(24 * 40);
    await applyRetention(app.database, { days: 30, action: 'remove' });
    const days = await app.statistics.outcomes(60);
    assert.equal(
      days.reduce((sum, { answered }) => sum + answered, 0),
      1,
    );
  });

  test('are processed in batches', async () => {
    await startOver();
    const ids = await insertCalls(app, await insertUser(app, 'busy'), 1_700);
    await app.sql(
      `UPDATE calls SET state = 'disconnected', reason = 'hangUp', ended_by = 'client', ended_at = now() - interval '40 days'`,
    );
    await app.sql(`UPDATE calls SET ended_at = ended_at + interval '1 hour' WHERE id = $1`, [ids[0]]);
    await applyRetention(app.database, { days: 30, action: 'strip' }, abortedAfter(2));
    assert.equal((await idsLeft()).length, 700, 'stopped between batches');
    await applyRetention(app.database, { days: 30, action: 'strip' });
    assert.deepEqual(await idsLeft(), []);
    const [run] = await app.sql('SELECT calls, finished_at IS NOT NULL AS finished FROM retention_runs');
    assert.deepEqual(run, { calls: '1700', finished: true });
  });

  test('are skipped while another node processes them', async () => {
    await startOver();
    const old = await endedCall(24 * 40);
    const other = await connect(app);
    await other.query(`BEGIN; SELECT pg_advisory_xact_lock(${ADVISORY_LOCKS.retention})`);
    await applyRetention(app.database, { days: 30, action: 'remove' });
    assert.deepEqual(await idsLeft(), [old]);
    await other.query('COMMIT');
    await applyRetention(app.database, { days: 30, action: 'remove' });
    assert.deepEqual(await idsLeft(), []);
  });

  test('are removed in the background', async () => {
    await startOver();
    await endedCall(24 * 40);
    const settings: RetentionSettings = { days: 30, action: 'remove' };
    const job = startRetention(app.database, settings, { warn: assert.ifError });
    await until('it is gone', async () => (await count('calls')) === 0);
    await job.stop();
    const { lastRun, ...shown } = await createRetention(app.database, settings).show();
    assert.deepEqual([shown, lastRun?.action, lastRun?.calls], [settings, 'remove', 1]);
  });
});

suite('a stripped call', () => {
  let id: string;
  before(async () => {
    await startOver();
    id = await endedCall(24 * 40);
    await applyRetention(app.database, { days: 30, action: 'strip' });
  });

  test('has no numbers, no texts of its client and no sink', async () => {
    const [row = {}] = await app.sql('SELECT * FROM calls WHERE id = $1', [id]);
    const { caller, callee, client_reference, metadata, sink, sink_token, sink_correlator } = row;
    assert.deepEqual(
      [caller, callee, client_reference, metadata, sink, sink_token, sink_correlator],
      [null, '', null, {}, null, null, null],
    );
    assert.equal(await count('deliveries'), 0);
  });

  test('is visible to administrators, without numbers', async () => {
    const shown = (await administrator.get(`/admin/calls/${id}`)).json();
    assert.deepEqual([shown['caller'], shown['callee'], shown['state']], [null, null, 'disconnected']);
    assert.ok(Math.abs(Date.parse(String(shown['strippedAt'])) - Date.now()) < 60_000);
    const { calls } = (await administrator.get('/admin/calls?user=anna')).json<{ calls: object[] }>();
    assert.equal(calls.length, 1);
    const lines = (await administrator.get('/admin/calls/export?format=csv')).text.split('\n');
    assert.match(lines[1] ?? '', new RegExp(`^${id},anna,${client.id},,,disconnected,`));
  });

  test('is not visible to clients', async () => {
    assert.equal((await getCall(app, token, id)).status, 409);
    assert.equal((await stopCall(app, token, id)).status, 409);
    const own = `${CALLS}/${id}`;
    for (const [method, path] of [
      ['GET', own],
      ['DELETE', own],
      ['POST', `${own}/renew`],
    ] as const)
      assert.equal((await request(app, method, path, bearer(token))).status, 404, `${method} ${path}`);
    assert.ok(!(await getCalls(app, token)).text.includes(id));
    const listed = await request(app, 'GET', CALLS, bearer(token));
    assert.ok(listed.status === 200 && !listed.text.includes(id), listed.text);
  });

  test('is in no live stream, even one that starts at the first event', async () => {
    const reader = await openStream(app, token, '0');
    const next = await openCall(app, token);
    await reader.until(({ events }) => events.length > 0);
    assert.equal(reader.shown(0).data.callId, next);
    reader.close();
    await stopCall(app, token, next);
  });
});

suite('GET /admin/retention', () => {
  test('shows that calls are kept forever', async () => {
    const { days, action } = (await administrator.get('/admin/retention')).json();
    assert.deepEqual([days, action], [null, 'remove']);
  });

  test('shows the last run', async () => {
    const { lastRun = {} } = (await administrator.get('/admin/retention')).json<{ lastRun?: object }>();
    const { startedAt, finishedAt, endedBefore, ...rest } = lastRun as Record<string, string>;
    assert.deepEqual(rest, { action: 'strip', calls: 1 });
    for (const time of [startedAt, finishedAt])
      assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
    assert.match(String(endedBefore), /T00:00:00.000Z$/);
  });
});
