import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { coalesce } from '../../../src/platform/database/coalesce.ts';

/** As many as one statement answers. */
const BATCH = 64;

function startQueue() {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ask = coalesce<string, string>({
    async answer(requests) {
      await released;
      return requests;
    },
    keyOf: (key) => key,
  });
  return { ask, release };
}

const distinct = (count: number) => Array.from({ length: count }, (_, n) => String(n));

test('the queue says how long requests have been waiting, and is empty when the last statement takes the rest', async () => {
  const { ask, release } = startQueue();
  assert.equal(ask.backlogMs(), 0);
  const answers = distinct(3 * BATCH).map(ask);
  await sleep(30);
  assert.ok(ask.backlogMs() >= 25, `${ask.backlogMs()} ms`);
  release();
  await Promise.all(answers);
  assert.equal(ask.backlogMs(), 0);
});

test('requests that wait for others of their key do not count', async () => {
  const { ask, release } = startQueue();
  const answers = Array.from({ length: BATCH }, () => ask('same'));
  await sleep(30);
  assert.equal(ask.backlogMs(), 0);
  release();
  await Promise.all(answers);
});
