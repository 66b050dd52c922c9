import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OnChanges } from '../../../src/core/calls/change-signal.ts';
import { createBoardWatch } from '../../../src/web/console/board/board-watch.ts';
import { createTestClock } from '../../harness/test-clock.ts';

function setUp() {
  const clock = createTestClock();
  const subscribers = new Set<OnChanges>();
  const counts = { looks: 0, told: 0 };
  const readBoard = async () => {
    counts.looks += 1;
    return { ongoingCalls: counts.looks, users: 0, usersAtLimit: 0, busy: [], more: 0 };
  };
  const subscribe = (hear: OnChanges) => {
    subscribers.add(hear);
    return () => subscribers.delete(hear);
  };
  const watch = createBoardWatch({ boards: { readBoard }, signal: { subscribe }, clock });
  const change = () => {
    for (const hear of subscribers) hear([], 'here');
  };
  const notify = () => {
    counts.told += 1;
  };
  return { clock, subscribers, counts, watch, change, notify };
}

test('changes within a second notify twice: the first at once, the others at the end of the second', () => {
  const { clock, counts, watch, change, notify } = setUp();
  watch.subscribe(notify);
  change();
  assert.equal(counts.told, 1);
  for (let count = 0; count < 99; count++) {
    clock.advance(10);
    change();
  }
  assert.equal(counts.told, 1);
  clock.advance(10);
  assert.equal(counts.told, 2);
  clock.advance(10_000);
  assert.equal(counts.told, 2);
});

test('one look serves all who watch, until something changes or a signal may have been lost', async () => {
  const { clock, counts, watch, change, notify } = setUp();
  const ends = [watch.subscribe(notify), watch.subscribe(notify)];
  await Promise.all([watch.readBoard(), watch.readBoard(), watch.readBoard()]);
  assert.equal(counts.looks, 1);
  change();
  await Promise.all([watch.readBoard(), watch.readBoard()]);
  assert.equal(counts.looks, 2);
  clock.advance(2_001);
  await watch.readBoard();
  assert.equal(counts.looks, 3);
  for (const end of ends) end();
});

test('listens to signals only while there are watchers', () => {
  const { clock, subscribers, counts, watch, change, notify } = setUp();
  const end = watch.subscribe(notify);
  change();
  change();
  end();
  assert.equal(subscribers.size, 0);
  clock.advance(5_000);
  assert.equal(counts.told, 1);
});
