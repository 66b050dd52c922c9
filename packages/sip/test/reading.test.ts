import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfRound } from 'node:timers/promises';
import { Reading } from '../src/transport/reading.ts';

/** As many as a round of the event loop reads. */
const FULL = 32;

function block(ms: number): void {
  for (const over = performance.now() + ms; performance.now() < over; );
}

async function readRound(reading: Reading, messages: number): Promise<void> {
  for (let n = 0; n < messages; n++) reading.count();
  block(20);
  await endOfRound();
}

test('messages wait from the first round that is full until one is not', async () => {
  const reading = new Reading();
  assert.equal(reading.backlogMs(), 0);
  await endOfRound();
  await readRound(reading, FULL);
  await readRound(reading, FULL);
  assert.ok(reading.backlogMs() >= 20);
  await readRound(reading, FULL - 1);
  assert.equal(reading.backlogMs(), 0);
});

test('nothing waits because the process was busy with something else', async () => {
  const reading = new Reading();
  reading.backlogMs();
  block(150);
  assert.equal(reading.backlogMs(), 0);
  await endOfRound();
  block(150);
  assert.equal(reading.backlogMs(), 0);
});
