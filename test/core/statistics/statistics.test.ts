import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DISCONNECTION_REASONS, REASONS_BY_STATE } from '../../../src/core/calls/call.ts';
import { OUTCOMES } from '../../../src/core/calls/call-outcome.ts';
import { createStatistics } from '../../../src/core/statistics/statistics-service.ts';
import { startApp } from '../../harness/app.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { insertUser } from '../calls/rows.ts';

const app = await startApp();
const administrator = await addAdministrator(app);
const userId = await insertUser(app, 'anna');
/** A new one each time, because one keeps its results for a few seconds. */
const statistics = () => createStatistics(app.database);

const DAY_S = 24 * 3600;
let inserted = 0;

interface Past {
  /** Seconds ago. */
  readonly opened: number;
  /** Seconds from the opening; undefined: never. */
  readonly connected?: number;
  /** Seconds ago; undefined: the call is ongoing. */
  readonly ended?: number;
  readonly reason?: string;
  readonly carrier?: string;
}

async function insert({
  opened,
  connected,
  ended,
  reason = 'hangUp',
  carrier = 'simulator',
}: Past): Promise<void> {
  const over = ended !== undefined;
  const failed = !(REASONS_BY_STATE.disconnected as readonly string[]).includes(reason);
  const state = over ? (failed ? 'failed' : 'disconnected') : 'connected';
  await app.sql(
    `INSERT INTO calls (id, user_id, client_id, callee, state, reason, ended_by, created_at, connected_at, ended_at,
                        carrier, ring_timeout, time_limit, deadline_at)
     SELECT $1, $2, 'crm', '+447700900001', $3, $4, $5, now() - $6 * interval '1 second',
            now() - ($6 - $7::float8) * interval '1 second', now() - $8::float8 * interval '1 second',
            $9, 60, 60, now() + interval '1 hour'`,
    [
      `s${inserted++}`,
      userId,
      state,
      over ? reason : null,
      over ? 'carrier' : null,
      opened,
      connected ?? null,
      ended ?? null,
      carrier,
    ],
  );
}

suite('the number of ongoing calls', () => {
  test('is computed back from the calls that are ongoing now', async () => {
    await insert({ opened: 90 * 60, ended: 45 * 60 });
    await insert({ opened: 30 * 60 + 5, connected: 5 });
    await insert({ opened: 30 * 60 + 5, ended: 10 * 60 + 5 });
    await insert({ opened: 5 * 3600, ended: 4 * 3600 });
    const { stepSeconds, points } = await statistics().ongoing(1);
    assert.deepEqual([stepSeconds, points.length], [15, 241]);
    const minutesAgo = (minutes: number) => points.at(-1 - minutes * 4)?.ongoing;
    assert.deepEqual([60, 46, 44, 31, 30, 29, 11, 10, 0].map(minutesAgo), [1, 1, 0, 0, 2, 2, 2, 1, 1]);
    const times = points.map(({ at }) => at.getTime());
    assert.ok(Math.abs((times.at(-1) ?? 0) - Date.now()) < 60_000);
    assert.ok(times.slice(1).every((time, index) => time - (times[index] ?? 0) === 15_000));
  });
});

suite('the outcomes of calls', () => {
  test('cover every disconnection reason, and charts and pages know each of them', async () => {
    const rows = await app.sql<{ reason: string; outcome: string }>('SELECT * FROM call_outcomes');
    assert.deepEqual(rows.map(({ reason }) => reason).toSorted(), DISCONNECTION_REASONS.toSorted());
    assert.deepEqual(new Set(['answered', ...rows.map(({ outcome }) => outcome)]), new Set(OUTCOMES));
  });

  test('are counted by the UTC day on which the calls ended', async () => {
    await app.sql('DELETE FROM calls');
    const [row] = await app.sql<{ seconds: number }>(
      `SELECT extract(epoch FROM now() - date_trunc('day', now(), 'UTC'))::float8 AS seconds`,
    );
    const sinceMidnight = row?.seconds ?? 0;
    const late = 3 * DAY_S + sinceMidnight;
    await insert({ opened: late + 100, connected: 5, ended: late + 1 });
    await insert({ opened: late + 100, connected: 5, ended: late });
    for (const reason of [
      'hangUp',
      'callerAbandon',
      'callerBusy',
      'calleeBusy',
      'calleeDeclined',
      'calleeNoAnswer',
      'calleeFailure',
      'calleeWrongNumber',
      'other',
    ])
      await insert({ opened: late - 10, ended: late - 20, reason });
    await insert({ opened: late - 10, connected: 1, ended: late - 20, reason: 'other' });
    await insert({ opened: 0.002, ended: 0.001, reason: 'callerNoAnswer' });
    await insert({ opened: 50 });

    const none = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
    const days = await statistics().outcomes(5);
    const [first, second, ...rest] = days.map(({ day: _, ...counts }) => counts);
    assert.deepEqual(first, { ...none, answered: 1 });
    assert.deepEqual(second, {
      answered: 2,
      busy: 2,
      declined: 1,
      noAnswer: 1,
      abandoned: 2,
      failed: 2,
      other: 1,
    });
    assert.deepEqual(rest, [none, none, { ...none, noAnswer: 1 }]);
    assert.equal(days.at(-1)?.day, new Date().toISOString().slice(0, 10));
  });

  test('of past days are counted once, and stay when the calls are removed', async () => {
    const before = await statistics().outcomes(5);
    await insert({ opened: 2 * DAY_S + 10, ended: 2 * DAY_S });
    assert.deepEqual(await statistics().outcomes(5), before, 'counted already');
    await app.sql('DELETE FROM calls');
    const after = await statistics().outcomes(5);
    assert.deepEqual(after.slice(0, 4), before.slice(0, 4));
    assert.equal(after.at(-1)?.noAnswer, 0);
  });

  test('are counted once by simultaneous nodes', async () => {
    await app.sql('TRUNCATE counted_days CASCADE');
    await insert({ opened: 2 * DAY_S + 10, ended: 2 * DAY_S });
    const nodes = Array.from({ length: 5 }, () => statistics());
    const answers = await Promise.all(nodes.map((node) => node.outcomes(10)));
    for (const days of answers)
      assert.equal(
        days.reduce((sum, { abandoned }) => sum + abandoned, 0),
        1,
      );
  });
});

test('calls are counted by reason, those that were answered included', async () => {
  await app.sql('DELETE FROM calls; TRUNCATE counted_days CASCADE');
  await insert({ opened: 3 * DAY_S, connected: 5, ended: 2 * DAY_S });
  await insert({ opened: 2 * DAY_S + 10, ended: 2 * DAY_S });
  await insert({ opened: 2 * DAY_S + 10, ended: 2 * DAY_S, reason: 'calleeDeclined' });
  await insert({ opened: 0.002, ended: 0.001, reason: 'networkFailure' });
  const none = Object.fromEntries(DISCONNECTION_REASONS.map((reason) => [reason, 0]));
  const counts = (await statistics().reasons(4)).map(({ day: _, ...of }) => of);
  assert.deepEqual(counts, [
    none,
    { ...none, hangUp: 2, calleeDeclined: 1 },
    none,
    { ...none, networkFailure: 1 },
  ]);
  await app.sql('DELETE FROM calls');
  const after = (await statistics().reasons(4)).map(({ day: _, ...of }) => of);
  assert.deepEqual(after, [...counts.slice(0, 3), none], 'past days are final');
});

suite('connect times', () => {
  test('are shown as ranges, median and 95th percentile, for calls of a carrier', async () => {
    await app.sql('DELETE FROM calls; TRUNCATE counted_days CASCADE');
    assert.deepEqual(
      await statistics()
        .connectTimes(7)
        .then(({ calls, median, p95 }) => [calls, median, p95]),
      [0, null, null],
    );
    await app.sql('TRUNCATE counted_days CASCADE');
    for (let n = 1; n <= 100; n++) await insert({ opened: 400, connected: n / 10, ended: 1 });
    await insert({ opened: 2 * DAY_S, connected: 300, ended: DAY_S + 1 });
    await insert({ opened: 400, ended: 1, reason: 'calleeNoAnswer' });
    await insert({ opened: 400, connected: 0, ended: 1, carrier: 'session' });
    const { calls, median, p95, ranges } = await statistics().connectTimes(7);
    assert.equal(calls, 101);
    assert.ok(Math.abs((median ?? 0) - 5.1) < 0.11 && Math.abs((p95 ?? 0) - 9.6) < 0.11, `${median} ${p95}`);
    assert.equal(
      ranges.reduce((sum, range) => sum + range.calls, 0),
      101,
    );
    assert.deepEqual(ranges.at(-1), { from: 120, to: null, calls: 1 });
    assert.ok(Math.abs((ranges[0]?.calls ?? 0) - 9) <= 1);
  });
});

suite('the admin API', () => {
  test('returns all three', async () => {
    const ongoing = (await administrator.get('/admin/statistics/ongoing?hours=72')).json<{
      points: object[];
    }>();
    assert.equal(ongoing.points.length, 241);
    const outcomes = (await administrator.get('/admin/statistics/outcomes')).json<{ days: object[] }>();
    assert.equal(outcomes.days.length, 30);
    const times = (await administrator.get('/admin/statistics/connect-times?days=90')).json();
    assert.equal(times['calls'], 101);
  });

  test('queries the database once for several requests within seconds', async () => {
    const paths = ['ongoing?hours=5', 'outcomes?days=5', 'connect-times?days=5'];
    const look = () =>
      Promise.all(paths.map(async (path) => (await administrator.get(`/admin/statistics/${path}`)).text));
    const before = await look();
    await insert({ opened: 60, connected: 10, ended: 1 });
    assert.deepEqual(await look(), before);
  });

  for (const [path, field] of [
    ['ongoing?hours=0', 'hours'],
    ['ongoing?hours=73', 'hours'],
    ['ongoing?hours=1.5', 'hours'],
    ['outcomes?days=91', 'days'],
    ['connect-times?days=', 'days'],
    ['outcomes?hours=1', 'hours'],
  ])
    test(`refuses ${path}, and names the parameter`, async () => {
      const answer = await administrator.get(`/admin/statistics/${path}`);
      assert.deepEqual([answer.status, answer.json()['field']], [400, field]);
    });
});
