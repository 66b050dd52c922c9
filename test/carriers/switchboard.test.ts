import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createSwitchboard } from '../../src/carriers/switchboard.ts';
import { readConfig } from '../../src/config/config.ts';
import { createChangeSignal } from '../../src/core/calls/change-signal.ts';
import { createDiallingPolicy } from '../../src/core/phone-numbers/dialling-policy.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { startApp } from '../harness/app.ts';

const app = await startApp();

test('a node that the database does not remove when it stops is a warning in the log', async () => {
  const nodeId = randomUUID();
  const warnings: unknown[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (...line: unknown[]) => warnings.push(line),
    error: assert.fail,
  };
  const failure = new TypeError('a bug');
  const { query } = app.database;
  const database: typeof app.database = {
    ...app.database,
    query: async (statement, values) => {
      if (statement.name === 'delete_node') throw failure;
      return query(statement, values);
    },
  };
  const switchboard = await createSwitchboard({
    config: readConfig({ CARRIER: 'simulator', DATABASE_URL: app.databaseUrl }),
    signal: createChangeSignal(database, nodeId, log),
    policy: createDiallingPolicy({ allow: [], deny: [], country: undefined }),
    ...{ database, nodeId, clock: systemClock, log },
  });
  await switchboard.stop();
  assert.deepEqual(warnings, [
    [{ err: failure }, 'carrier: cannot remove this node; it counts as dead soon'],
  ]);
});
