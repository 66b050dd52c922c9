import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { postCall } from '../../web/classic/call.ts';

const app = await startApp({ DIAL_ALLOW: 'GB' });
const client = await addClassicClient(app);

test('the dialling policy applies to the default number of classic calls', async () => {
  await addUser(app, 'anna', { numbers: ['+12025550150'] });
  const answer = await postCall(app, await classicToken(app, client, 'anna'));
  assert.equal(answer.status, 403, answer.text);
  assert.equal(answer.json()['error'], 'caller_not_allowed');
  assert.deepEqual(await app.sql('SELECT id FROM calls'), []);
});

test('a classic call to the user’s own default number is refused', async () => {
  await addUser(app, 'bert', { numbers: ['+447700900150'] });
  const answer = await postCall(app, await classicToken(app, client, 'bert'), '+447700900150');
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.json()['error'], 'same_caller_and_callee');
});

test('a user without a number can place calls', async () => {
  await addUser(app, 'carl');
  assert.equal((await postCall(app, await classicToken(app, client, 'carl'))).status, 201);
});
