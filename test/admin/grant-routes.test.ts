import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { getCalls, openCall, postCall } from '../classic/call.ts';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../harness/people.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
await addUser(app, 'anna');
const client = await addClassicClient(app, 'One');
const other = await addClassicClient(app, 'Two');
const administrator = await addAdministrator(app, client);

suite('GET /admin/users/{name}/grants', () => {
  test('lists what the user has granted, oldest first', async () => {
    await classicToken(app, client, 'anna');
    await classicToken(app, other, 'anna');
    const { grants } = (await administrator.get('/admin/users/ANNA/grants')).json<{ grants: object[] }>();
    assert.deepEqual(
      grants.map((grant) => ({ ...grant, grantedAt: undefined })),
      [
        { client: client.id, clientName: 'One', scopes: ['call'], grantedAt: undefined },
        { client: other.id, clientName: 'Two', scopes: ['call'], grantedAt: undefined },
      ],
    );
  });

  test('404 for nobody’s name', async () => {
    const answer = await administrator.get('/admin/users/nobody/grants');
    assert.deepEqual([answer.status, answer.json()['error']], [404, 'user_not_found']);
  });
});

suite('DELETE /admin/users/{name}/grants/{client}', () => {
  test('ends the client’s tokens and calls for this user, and nothing else', async () => {
    const [withdrawn, kept] = [
      await classicToken(app, client, 'anna'),
      await classicToken(app, other, 'anna'),
    ];
    const ended = await openCall(app, withdrawn);
    const goesOn = await openCall(app, kept);
    const answer = await administrator.send('DELETE', `/admin/users/anna/grants/${client.id}`);
    assert.equal(answer.status, 204, answer.text);

    assert.equal((await postCall(app, withdrawn)).status, 401);
    assert.equal((await getCalls(app, kept)).status, 200);
    const calls = await app.sql(
      'SELECT id, state, reason, ended_by FROM calls WHERE id = ANY($1) ORDER BY created_at',
      [[ended, goesOn]],
    );
    assert.deepEqual(calls, [
      { id: ended, state: 'disconnected', reason: 'other', ended_by: 'revocation' },
      { id: goesOn, state: 'connected', reason: null, ended_by: null },
    ]);
  });

  test('404 for what was not granted, or was withdrawn before', async () => {
    for (const path of [
      `/admin/users/anna/grants/${client.id}`,
      '/admin/users/anna/grants/nothing',
      `/admin/users/nobody/grants/${client.id}`,
    ]) {
      const answer = await administrator.send('DELETE', path);
      assert.deepEqual([answer.status, answer.json()['error']], [404, 'grant_not_found'], path);
    }
  });
});
