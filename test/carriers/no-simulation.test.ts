import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { addCaller } from './caller.ts';

const HANGS_UP = '+12025550131';

test('without demo data, nothing is simulated unless CARRIER=simulator', async () => {
  const app = await startApp({ CARRIER: 'session' });
  const caller = await addCaller(app, 'caller');
  const id = await caller.open(app, HANGS_UP);
  assert.equal((await caller.read(app, id)).state, 'connected');
  assert.deepEqual(await app.sql('SELECT carrier, node_id FROM calls'), [
    { carrier: 'session', node_id: null },
  ]);
});
