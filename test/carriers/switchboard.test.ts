import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { createSwitchboard } from '../../src/carriers/switchboard.ts';
import { readConfig } from '../../src/config/config.ts';
import { createChangeSignal } from '../../src/core/calls/change-signal.ts';
import type { OpenedCall } from '../../src/core/calls/new-call.ts';
import { createDiallingPolicy } from '../../src/core/phone-numbers/dialling-policy.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import type { Statement } from '../../src/platform/database/database.ts';
import { startApp } from '../harness/app.ts';
import { until } from '../harness/until.ts';

const app = await startApp();

/** @param onStatement called before each statement */
async function startSwitchboard(
  onStatement: (statement: Statement) => void = () => {},
  clock: Clock = systemClock,
) {
  const nodeId = randomUUID();
  const logged: unknown[][] = [];
  const log = {
    debug() {},
    info() {},
    warn: (...line: unknown[]) => logged.push(line),
    error: (...line: unknown[]) => logged.push(line),
  };
  const { query } = app.database;
  const database: typeof app.database = {
    ...app.database,
    query: async (statement, values) => {
      onStatement(statement);
      return query(statement, values);
    },
  };
  const signal = createChangeSignal(database, nodeId, log);
  const switchboard = await createSwitchboard({
    config: readConfig({ CARRIER: 'simulator', DATABASE_URL: app.databaseUrl }),
    policy: createDiallingPolicy({ allow: [], deny: [], country: undefined }),
    ...{ database, nodeId, clock, log, signal },
  });
  return { nodeId, signal, switchboard, logged };
}

test('a node that the database does not remove when it stops is a warning in the log', async () => {
  const failure = new TypeError('a bug');
  const { switchboard, logged } = await startSwitchboard(({ name }) => {
    if (name === 'delete_node') throw failure;
  });
  await switchboard.stop();
  assert.deepEqual(logged, [[{ err: failure }, 'carrier: cannot remove this node; it counts as dead soon']]);
});

suite('a call that this node has opened', () => {
  const CALLEE = '+12025550100';

  /** What the carrier needs of a call that was opened. */
  const opened = (id: string) =>
    ({
      call: { id, callee: CALLEE, carrier: 'simulator', state: 'initiating' },
      sipAddress: null,
    }) as OpenedCall;

  /** A switchboard, and how many calls its carrier has started: each begins with a timer. */
  async function startCounted() {
    const started: number[] = [];
    let checks = 0;
    const after: Clock['after'] = (ms) => {
      started.push(ms);
      return () => {};
    };
    const { nodeId, signal, switchboard } = await startSwitchboard(
      ({ name }) => {
        if (name === 'held_calls') checks++;
      },
      { ...systemClock, after },
    );
    return {
      started,
      checks: () => checks,
      start: (id: string) => switchboard.chooseCarrier(CALLEE).start(opened(id)),
      end: (callId: string) =>
        signal.announce([{ callId, userId: randomUUID(), state: 'failed', carrier: 'simulator', nodeId }]),
      stop: async () => {
        await switchboard.stop();
        await signal.stop();
      },
    };
  }

  test('starts at once, and once', async () => {
    const { started, start, stop } = await startCounted();
    start('one');
    assert.equal(started.length, 1);
    start('one');
    assert.equal(started.length, 1);
    await stop();
    start('two');
    assert.equal(started.length, 1, 'a node that has stopped starts nothing');
  });

  test('does not start if it has ended before the answer to its opening arrives', async () => {
    const { started, checks, start, end, stop } = await startCounted();
    end('one');
    start('one');
    const before = checks();
    end('two');
    await until('the next check begins', () => checks() > before);
    start('two');
    assert.deepEqual(started, []);
    await stop();
  });

  test('is an error in the log if its carrier fails to start it', async () => {
    const failure = new TypeError('a bug');
    const fails = () => {
      throw failure;
    };
    const { switchboard, logged } = await startSwitchboard(undefined, { ...systemClock, after: fails });
    switchboard.chooseCarrier(CALLEE).start(opened('one'));
    assert.deepEqual(logged, [
      [{ err: failure, callId: 'one' }, 'carrier: cannot start a call; ending the call'],
    ]);
    await switchboard.stop();
  });
});
