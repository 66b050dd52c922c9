import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { openCall } from '../classic/call.ts';
import { addManyCalls } from '../console/calls.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const client = await addClassicClient(app, 'My CRM');
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 2, numbers: ['+447700900001'] });
await addUser(app, 'Zoe', { limit: 1 });

const board = async () => (await administrator.get('/admin/board')).json();

test('without calls the board is empty', async () => {
  assert.deepEqual(await board(), { ongoing: 0, users: 0, usersAtLimit: 0, busy: [], more: 0 });
});

test('shows ongoing calls by user with their limits, users at their limit first', async () => {
  const annas = await openCall(app, await classicToken(app, client, 'anna'));
  const zoes = await openCall(app, await classicToken(app, client, 'Zoe'));
  const shown = await board();
  const call = (id: string, caller: string | null) => ({
    id,
    client: client.id,
    clientName: 'My CRM',
    caller,
    callee: '+447700900123',
    state: 'connected',
  });
  assert.deepEqual(withoutTimes(shown), {
    ...{ ongoing: 2, users: 2, usersAtLimit: 1, more: 0 },
    busy: [
      { user: 'Zoe', limit: 1, ongoing: 1, calls: [call(zoes, null)] },
      { user: 'anna', limit: 2, ongoing: 1, calls: [call(annas, '+447700900001')] },
    ],
  });
});

test('is bounded, and shows how many ongoing calls are left out', async () => {
  await addUser(app, 'many', { limit: 10_000 });
  await addManyCalls(app, 'many', 10_000);
  const shown = await board();
  assert.equal(shown['ongoing'], 10_002);
  assert.equal(shown['more'], 9_502);
  const many = (shown['busy'] as { user: string; ongoing: number; calls: { clientName: null }[] }[])[0];
  assert.equal(many?.user, 'many');
  assert.equal(many?.ongoing, 10_000);
  assert.equal(many?.calls[0]?.clientName, null, 'the client is gone');
});

function withoutTimes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each) => (/^(created|connected)At$/.test(key) ? undefined : each)),
  );
}
