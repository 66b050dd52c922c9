import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFairQueue } from '../../src/platform/fair-queue.ts';

test('groups take turns, and each keeps its order', async () => {
  const queue = createFairQueue(1);
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run('large', () => gate.promise);
  const works = ['large 1', 'large 2', 'large 3', 'small 1', 'third 1', 'small 2'].map((name) =>
    queue.run(name.split(' ')[0] ?? '', async () => {
      order.push(name);
    }),
  );
  assert.equal(queue.size(), 6);
  gate.resolve();
  await Promise.all([first, ...works]);
  assert.deepEqual(order, ['large 1', 'small 1', 'third 1', 'large 2', 'small 2', 'large 3']);
  assert.equal(queue.size(), 0);
});

test('as much work runs at once as allowed', async () => {
  const queue = createFairQueue(2);
  const gate = Promise.withResolvers<void>();
  const started: number[] = [];
  const works = [1, 2, 3].map((n) =>
    queue.run('a', async () => {
      started.push(n);
      await gate.promise;
    }),
  );
  assert.deepEqual(started, [1, 2]);
  assert.equal(queue.size(), 1);
  gate.resolve();
  await Promise.all(works);
  assert.deepEqual(started, [1, 2, 3]);
});

test('work that fails makes room for the next', async () => {
  const queue = createFairQueue(1);
  const failing = queue.run('a', async () => {
    throw new Error('failed');
  });
  const next = queue.run('a', async () => 'done');
  await assert.rejects(failing, /failed/);
  assert.equal(await next, 'done');
});
