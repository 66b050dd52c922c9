import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWholeLives, ending, eventsOf, inWords, reached, statesOf } from '../core/calls/lives.ts';
import { startApp, type TestApp } from '../harness/app.ts';
import type { TestClock } from '../harness/test-clock.ts';
import { until } from '../harness/until.ts';
import { addCaller, type Caller } from './caller.ts';
import type { CarrierSetup, OngoingState } from './carrier-setup.ts';

/** A node with the carrier, and a caller. */
export interface Stage {
  readonly app: TestApp;
  readonly caller: Caller;
  readonly clock: TestClock | undefined;
  /** Advances the carrier’s clock by one second, if the test controls it. */
  readonly meanwhile: () => void;
}

/**
 * The tests of every carrier, with the API and the events.
 * @param more adds tests with the same nodes, which exist once the tests run
 */
export function conformance(setup: CarrierSetup, more: (stage: () => Stage) => void = () => {}): void {
  suite(setup.title, { concurrency: setup.createClock === undefined }, () => {
    let stage: Stage;
    before(async () => {
      const clock = setup.createClock?.();
      const app = await startApp({ ...setup.env }, clock);
      const caller = await addCaller(app, 'caller');
      stage = { app, caller, clock, meanwhile: () => clock?.advance(1000) };
    });
    after(() => assertWholeLives(stage.app));
    beginnings(setup, () => stage);
    endingsByClient(setup, () => stage);
    endingsByPhones(setup, () => stage);
    recordings(setup, () => stage);
    endingsByServer(setup, () => stage);
    more(() => stage);
  });
}

/** Afterwards, no pending step of the carrier may change the call. */
async function letTimePass({ states }: CarrierSetup, { clock }: Stage): Promise<void> {
  if (clock) {
    await until('no phone rings', () => clock.waiting() === 0);
    clock.advance(600_000);
  } else if (states.length > 1) {
    await sleep(2500); // as long as it takes until the callee answers
  }
}

function beginnings(setup: CarrierSetup, stage: () => Stage): void {
  test('a call is connected after the ringing states, in order', async () => {
    const { app, caller, meanwhile } = stage();
    const id = await caller.open(app, setup.talks);
    await reached(app, id, 'connected', meanwhile);
    assert.deepEqual(await statesOf(app, id), setup.states);
    const { state, reason, endedAt, connectedAt } = await caller.read(app, id);
    assert.deepEqual([state, reason, endedAt], ['connected', null, null]);
    assert.ok(Math.abs(Date.parse(connectedAt ?? '') - Date.now()) < 5000);
    assert.deepEqual(await app.sql('SELECT carrier FROM calls WHERE id = $1', [id]), [
      { carrier: setup.name },
    ]);
    assert.equal(await caller.end(app, id), 204);
  });

  test('a call that the carrier does not hold can end', async () => {
    const { app, caller, clock, meanwhile } = stage();
    const id = await caller.open(app, setup.talks);
    await app.sql(
      `SELECT pg_notify('call_changes', json_build_object('changes', json_agg(json_build_object(
         'callId', 'unknown', 'userId', id, 'state', 'disconnected', 'carrier', $1::text, 'nodeId', id)))::text) FROM nodes`,
      [setup.name],
    );
    await reached(app, id, 'connected', meanwhile);
    assert.equal(await caller.end(app, 'unknown'), 404);
    assert.equal(await caller.end(app, id), 204);
    await until('no phone rings', () => (clock?.waiting() ?? 0) === 0);
  });
}

function endingsByClient(setup: CarrierSetup, stage: () => Stage): void {
  for (const [state, { callee }] of Object.entries(setup.stays)) {
    test(`DELETE ends a call that is ${state}, once, and later events of the phones change nothing`, async () => {
      const { app, caller, meanwhile } = stage();
      const id = await caller.open(app, callee);
      await reached(app, id, state as OngoingState, meanwhile);
      const ways = await Promise.all([caller.terminate(app, id), caller.terminate(app, id)]);
      assert.deepEqual(ways.sort(), [204, 409]);
      await letTimePass(setup, stage());
      const before = setup.states.slice(0, setup.states.indexOf(state as OngoingState) + 1);
      assert.deepEqual((await eventsOf(app, id)).map(inWords), [
        ...before,
        'disconnected: hangUp, by client',
      ]);
      assert.equal(await caller.end(app, id), 204);
      assert.equal(await caller.terminate(app, id), 409);
    });
  }
}

function endingsByPhones(setup: CarrierSetup, stage: () => Stage): void {
  for (const { callee, as, ringTimeout } of setup.ends) {
    test(`the phones end a call: ${as}`, async () => {
      const { app, caller, meanwhile } = stage();
      const id = await caller.open(app, callee, ringTimeout === undefined ? {} : { ringTimeout });
      assert.equal(inWords(await ending(app, id, meanwhile)), as);
      assert.equal(await caller.end(app, id), 204);
      assert.equal(await caller.terminate(app, id), 409);
      await letTimePass(setup, stage());
      assert.equal((await eventsOf(app, id)).map(inWords).at(-1), as);
    });
  }

  const { hangsUp, createClock } = setup;
  if (hangsUp === undefined || createClock === undefined) return;
  test('of two simultaneous DELETEs and a hang-up exactly one counts, 40 times', async () => {
    const { app, caller, clock, meanwhile } = stage();
    const counted: Record<string, number> = {};
    let lead = 0; // ms between the phone and the requests; the side that lost the last race starts earlier
    for (let round = 0; round < 40; round++) {
      const id = await caller.open(app, hangsUp);
      // No further step, because the end must wait for the others.
      await reached(app, id, 'connected', () => clock && (clock.untilNext() ?? 9999) <= 1000 && meanwhile());
      await until('it will hang up', () => clock?.waiting() === 1);
      const phone = sleep(Math.max(0, lead)).then(() => clock?.advance(10_000));
      const ends = [0, 1].map(() => sleep(Math.max(0, -lead)).then(() => caller.terminate(app, id)));
      await phone;
      const statuses = (await Promise.all(ends)).sort();
      const as = inWords(await ending(app, id, meanwhile));
      const byClient = as === 'disconnected: hangUp, by client';
      assert.ok(byClient || as === 'disconnected: hangUp, by carrier', as);
      assert.deepEqual(statuses, byClient ? [204, 409] : [409, 409]);
      counted[as] = (counted[as] ?? 0) + 1;
      lead += byClient ? -1 : 1;
    }
    await letTimePass(setup, stage());
    assert.equal(Object.keys(counted).length, 2, JSON.stringify(counted));
  });
}

function recordings(setup: CarrierSetup, stage: () => Stage): void {
  test(`a call ${setup.records ? 'is' : 'cannot be'} recorded when asked for`, async () => {
    const { app, caller, meanwhile } = stage();
    const answer = await caller.post(app, setup.talks, { recordingEnabled: true });
    assert.equal(answer.status, setup.records ? 201 : 422, answer.text);
    if (!setup.records) return;
    const { id } = answer.json<{ id: string }>();
    await reached(app, id, 'connected', meanwhile);
    assert.equal((await caller.recording(app, id)).status, 404, 'it goes on');
    await caller.end(app, id);
    assert.equal((await caller.read(app, id)).recordingResult, 'success');
    const recording = await caller.recording(app, id);
    assert.deepEqual([recording.status, recording.headers.get('content-type')], [200, 'audio/wav']);
    assert.ok(recording.content.length > 0);

    const [short] = Object.values(setup.stays);
    const never = await caller.open(app, short?.callee ?? '', { recordingEnabled: true });
    await caller.end(app, never);
    assert.equal((await caller.read(app, never)).recordingResult, 'noRecord');
    assert.equal((await caller.recording(app, never)).status, 404);
  });
}

function endingsByServer(setup: CarrierSetup, stage: () => Stage): void {
  test('the time limit ends a call, also at the carrier', async () => {
    const { app, caller, clock, meanwhile } = stage();
    const id = await caller.open(app, setup.talks, { timeLimit: 1 });
    await reached(app, id, 'connected', meanwhile);
    const { connectedAt, endedAt, ...ended } = await ending(app, id);
    assert.equal(inWords(ended), 'disconnected: other, by sweeper');
    assert.ok(Number(endedAt) - Number(connectedAt) >= 1000);
    await until('no phone rings', () => (clock?.waiting() ?? 0) === 0);
  });

  test('a call that rings past its deadline is ended, also at the carrier', async () => {
    const { app, caller, clock, meanwhile } = stage();
    const state = (['callingCallee', 'callingCaller'] as const).find((each) => setup.stays[each]);
    if (!state) return;
    const id = await caller.open(app, setup.stays[state]?.callee ?? '');
    await reached(app, id, state, meanwhile);
    await app.sql('UPDATE calls SET deadline_at = clock_timestamp() WHERE id = $1', [id]);
    assert.equal((await ending(app, id)).endedBy, 'sweeper');
    await until('no phone rings', () => (clock?.waiting() ?? 0) === 0);
  });
}
