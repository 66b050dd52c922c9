import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createProgressReports } from '../../src/carriers/progress-reports.ts';
import { insertCalls, insertUser } from '../core/calls/rows.ts';
import { startApp } from '../harness/app.ts';
import { until } from '../harness/until.ts';
import { DATA_EXCEPTION, refuseRows } from './refusals.ts';

const app = await startApp();

test('a report that the database refuses does not prevent the end of the call', async () => {
  const nodeId = randomUUID();
  const [id = ''] = await insertCalls(app, await insertUser(app, 'somebody'), 1, { state: 'initiating' });
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [nodeId, id]);
  await refuseRows(app, 'calls', `NEW.state = 'callingCaller'`, DATA_EXCEPTION);
  const errors: string[] = [];
  const log = { warn() {}, error: (_: unknown, text?: string) => errors.push(text ?? '') };
  const reports = createProgressReports(app.database, nodeId, () => {}, log);
  reports.report(id, { state: 'callingCaller' });
  reports.report(id, { state: 'failed', reason: 'other' });
  await until('it has ended', async () => {
    const [{ state } = {}] = await app.sql('SELECT state FROM calls WHERE id = $1', [id]);
    return state === 'failed';
  });
  assert.deepEqual(errors, ['carrier: cannot write call progress; dropping the report']);
});
