import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { durationSeconds } from '../../../src/core/calls/call.ts';

const connectedAt = new Date('2024-02-03T04:05:06.500Z');

function after(milliseconds: number): Date {
  return new Date(connectedAt.getTime() + milliseconds);
}

suite('the duration of a call', () => {
  for (const [milliseconds, seconds] of [
    [0, 0],
    [999, 0],
    [1000, 1],
    [59_999, 59],
    [360_000_000, 360_000],
  ] as const) {
    test(`is ${seconds} whole seconds after ${milliseconds} ms, ended or not`, () => {
      const now = after(milliseconds);
      assert.equal(durationSeconds({ connectedAt, endedAt: null }, now), seconds);
      assert.equal(durationSeconds({ connectedAt, endedAt: now }, after(10 ** 9)), seconds);
    });
  }

  test('is 0 if it was not connected, ended or not', () => {
    assert.equal(durationSeconds({ connectedAt: null, endedAt: null }, after(5000)), 0);
    assert.equal(durationSeconds({ connectedAt: null, endedAt: after(5000) }, after(6000)), 0);
  });

  test('is not negative if the database’s clock is ahead', () => {
    assert.equal(durationSeconds({ connectedAt, endedAt: null }, after(-1500)), 0);
  });
});
