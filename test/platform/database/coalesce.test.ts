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
  const request = coalesce<string, string>({
    async answer(requests) {
      await released;
      return requests;
    },
    keyOf: (key) => key,
  });
  return { request, release };
}

const distinct = (count: number) => Array.from({ length: count }, (_, n) => String(n));

test('the queue reports how long requests have been waiting, and is empty when the last statement takes the rest', async () => {
  const { request, release } = startQueue();
  assert.equal(request.backlogMs(), 0);
  const answers = distinct(3 * BATCH).map(request);
  await sleep(30);
  assert.ok(request.backlogMs() >= 25, `${request.backlogMs()} ms`);
  release();
  await Promise.all(answers);
  assert.equal(request.backlogMs(), 0);
});

test('requests that wait for others of their key do not count', async () => {
  const { request, release } = startQueue();
  const answers = Array.from({ length: BATCH }, () => request('same'));
  await sleep(30);
  assert.equal(request.backlogMs(), 0);
  release();
  await Promise.all(answers);
});

test('a burst of a few keys leaves places for the others, and does not count while they have some', async () => {
  const batches: (readonly string[])[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const answerOf = coalesce<string, string>({
    async answer(requests) {
      batches.push(requests);
      await released;
      return requests;
    },
    keyOf: (key) => key,
    maxBatch: 8,
    maxBatches: 1,
  });
  const burst = ['one', 'two'].flatMap((key) => Array.from({ length: 20 }, () => answerOf(key)));
  const other = answerOf('other');
  await sleep(30);
  assert.equal(answerOf.backlogMs(), 0);
  release();
  await Promise.all([...burst, other]);
  assert.deepEqual(batches[0]?.toSorted(), ['one', 'one', 'one', 'one', 'other', 'two', 'two', 'two']);
});
