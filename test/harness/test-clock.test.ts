import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestClock } from './test-clock.ts';

suite('the test clock', () => {
  test('runs due timers in order, each at its own time, when it is advanced', () => {
    const clock = createTestClock(new Date(0));
    const happened: string[] = [];
    const note = (what: string) => () => happened.push(`${what} at ${clock.now().getTime()}`);
    clock.after(20, note('c'));
    clock.after(10, note('a'));
    clock.after(10, note('b'));
    clock.after(31, note('late'));
    assert.deepEqual([clock.untilNext(), clock.waiting()], [10, 4]);
    clock.advance(9);
    assert.deepEqual(happened, []);
    clock.advance(21);
    assert.deepEqual(happened, ['a at 10', 'b at 10', 'c at 20']);
    assert.deepEqual([clock.now().getTime(), clock.untilNext()], [30, 1]);
  });

  test('runs timers that other timers add, and no cancelled ones', () => {
    const clock = createTestClock(new Date(0));
    const happened: number[] = [];
    const again = () => {
      happened.push(clock.now().getTime());
      if (happened.length < 3) clock.after(5, again);
    };
    clock.after(0, again);
    const cancel = clock.after(6, () => assert.fail('it was cancelled'));
    clock.after(5, cancel);
    clock.advance(100);
    assert.deepEqual(happened, [0, 5, 10]);
    assert.equal(clock.untilNext(), undefined);
  });
});
