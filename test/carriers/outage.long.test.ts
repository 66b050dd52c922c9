import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWholeLives, ending, eventsOf, inWords, reached } from '../core/calls/lives.ts';
import { startApp } from '../harness/app.ts';
import { outageOf } from '../harness/outage.ts';
import { createTestClock } from '../harness/test-clock.ts';
import { until } from '../harness/until.ts';
import { addCaller } from './caller.ts';

const clock = createTestClock();
const app = await startApp({ CARRIER: 'simulator' }, clock);
const caller = await addCaller(app, 'caller');
const outage = outageOf(app);

suite('during an outage of the database', () => {
  let [talks, busy, rings] = ['', '', ''];

  before(async () => {
    talks = await caller.open(app, '+12025550133');
    busy = await caller.open(app, '+12025550105');
    rings = await caller.open(app, '+12025550103');
    for (const id of [talks, busy, rings]) {
      await reached(app, id, 'callingCallee', () => clock.advance(clock.untilNext() === 0 ? 0 : 100));
    }
    await outage.begin();
  });
  after(() => assertWholeLives(app));

  test('phones continue, and calls cannot be opened or ended', async () => {
    clock.advance(10_000);
    assert.equal(clock.waiting(), 1, 'one still rings');
    assert.equal(await caller.end(app, rings), 503);
    assert.equal((await caller.post(app, '+12025550100')).status, 503);
    await sleep(1500); // so that what was reported is tried more than once
  });

  test('afterwards, all progress of the phones is written, in order', async () => {
    await outage.end();
    await ending(app, talks);
    await ending(app, busy);
    assert.deepEqual((await eventsOf(app, talks)).map(inWords).slice(3), [
      'connected',
      'disconnected: hangUp, by carrier',
    ]);
    assert.deepEqual((await eventsOf(app, busy)).map(inWords).slice(3), [
      'failed: calleeDeclined, by carrier',
    ]);
  });

  test('afterwards, overdue calls end, and phones stop when other nodes end their call', async () => {
    const overdue = await caller.open(app, '+12025550103');
    await app.sql('UPDATE calls SET deadline_at = clock_timestamp() WHERE id = $1', [overdue]);
    assert.equal((await ending(app, overdue)).endedBy, 'sweeper');
    await until('one phone rings', () => clock.waiting() === 1);
    await app.sql(
      `SELECT announce_calls(array_agg(moved)) FROM move_call($1, 'disconnected', 'hangUp', 'administrator') moved`,
      [rings],
    );
    await until('no phone rings', () => clock.waiting() === 0);
    assert.equal((await caller.post(app, '+12025550100')).status, 201);
  });
});
