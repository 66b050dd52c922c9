import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warmUp } from '../../../src/core/calls/warm-up.ts';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { startApp } from '../../harness/app.ts';

const app = await startApp();

test('after warming up, four connections of each kind have run the functions for calls', async () => {
  const database = connectDatabase(app.databaseUrl);
  try {
    await warmUp(database);
    for (const [kind, move] of [
      [{ locks: true }, 'move_call'],
      [{ batch: true }, 'move_each_call'],
    ] as const) {
      const text = 'SELECT array_agg(name) AS names, pg_sleep(0.2)::text FROM pg_prepared_statements';
      const query = () => database.query<{ names: string[] }>({ name: 'prepared', text, ...kind });
      for (const [row] of await Promise.all([query(), query(), query(), query()]))
        for (const name of ['open_calls', 'end_own_calls', move]) assert.ok(row?.names.includes(name), name);
    }
  } finally {
    await database.close();
  }
});
