import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  isFictional,
  phoneOf,
  type SimulatedPhone,
  simulatedPhones,
} from '../../src/carriers/simulated-phones.ts';
import { CALL_STATES, DISCONNECTION_REASONS } from '../../src/core/calls/call.ts';
import { assertWholeLives, type Event, ending, eventsOf, inWords, reached } from '../core/calls/lives.ts';
import { startApp, startNode } from '../harness/app.ts';
import { createTestClock } from '../harness/test-clock.ts';
import { until } from '../harness/until.ts';
import { addCaller } from './caller.ts';

const RING_TIMEOUT = 42;

const clock = createTestClock();
const app = await startApp({ CARRIER: 'simulator' }, clock);
const caller = await addCaller(app, 'caller');
const met = new Set<string>();

/** What is to be seen of a phone, and how long it lets wait for what does not follow at once; in milliseconds. */
function expected({ steps }: SimulatedPhone): { events: string[]; waits: number[] } {
  return {
    events: [
      'initiating',
      ...steps.map(({ progress }) =>
        'reason' in progress ? `${progress.state}: ${progress.reason}, by carrier` : progress.state,
      ),
    ],
    waits: steps
      .map(({ after }) => (after === 'ringTimeout' ? RING_TIMEOUT : after) * 1000)
      .filter((wait) => wait > 0),
  };
}

/** Lets a call go to where nothing follows by itself, each step a moment too early first, then in time. */
async function live(callee: string): Promise<{ id: string; events: Event[]; waits: number[] }> {
  const id = await caller.open(app, callee, { ringTimeout: RING_TIMEOUT });
  const waits: number[] = [];
  const { steps } = phoneOf(callee);
  await until('the first step', () => clock.waiting() === 1);
  for (let step = 0; step < steps.length; ) {
    const wait = clock.untilNext() ?? Number.NaN;
    if (wait > 0) {
      waits.push(wait);
      clock.advance(wait - 1);
      assert.equal((await eventsOf(app, id)).length, step + 1, 'a moment too early');
    }
    clock.advance(wait === 0 ? 0 : 1);
    do step++;
    while (steps[step]?.after === 0);
    await until(`step ${step}`, async () => (await eventsOf(app, id)).length === step + 1);
  }
  assert.equal(clock.waiting(), 0, 'nothing follows');
  return { id, events: await eventsOf(app, id), waits };
}

suite('every simulated phone behaves as documented', () => {
  for (const [number, phone] of simulatedPhones) {
    test(`${number} ${phone.behaviour}`, async () => {
      const { id, events, waits } = await live(number);
      assert.deepEqual({ events: events.map(inWords), waits }, expected(phone));
      const { state: shown, reason, endedBy, connectedAt, endedAt, duration } = await caller.read(app, id);
      const last = events.at(-1);
      assert.deepEqual([shown, reason, endedBy], [last?.state, last?.reason, last?.endedBy]);
      assert.equal(
        connectedAt !== null,
        events.some(({ state }) => state === 'connected'),
      );
      if (shown === 'connected') assert.equal(await caller.end(app, id), 204);
      else if (connectedAt === null) assert.equal(duration, 0);
      else assert.equal(duration, Math.floor((Date.parse(endedAt ?? '') - Date.parse(connectedAt)) / 1000));
      for (const { state, reason } of events) met.add(state).add(reason ?? state);
    });
  }

  test('together they reach every state and every reason', () => {
    assert.deepEqual(
      [...CALL_STATES, ...DISCONNECTION_REASONS].filter((each) => !met.has(each)),
      [],
    );
  });

  test('any other number answers after one second', async () => {
    for (const number of ['+12025550199', '+447700900123']) {
      const { id, events, waits } = await live(number);
      assert.deepEqual({ events: events.map(inWords), waits }, expected(phoneOf('+12025550100')));
      assert.equal(await caller.end(app, id), 204);
    }
    await assertWholeLives(app);
  });
});

test('a phone continues with its current step when another node takes over', async () => {
  const others = createTestClock();
  const node = await startNode(app, { CARRIER: 'simulator' }, others);
  const id = await caller.open(node, '+12025550105');
  await reached(app, id, 'callingCallee', () => (others.untilNext() ?? 9999) <= 1000 && others.advance(1000));
  await node.stop();
  await until('it is taken over', () => clock.waiting() === 1);
  assert.equal(clock.untilNext(), 2000);
  clock.advance(2000);
  assert.equal(inWords(await ending(app, id)), 'failed: calleeDeclined, by carrier');
});

test('exactly the numbers that North America reserves for fiction are fictional', () => {
  for (const number of ['+12025550100', '+12025550147', '+12025550199']) assert.ok(isFictional(number));
  for (const number of [
    '+12025550099',
    '+12025550200',
    '+1202555010',
    '+120255501000',
    '+12035550100',
    '12025550100',
  ])
    assert.ok(!isFictional(number), number);
});
