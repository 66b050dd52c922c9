import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { getCalls, openCall, postCall } from '../classic/call.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
await addUser(app, 'anna');
const client = await addClassicClient(app, 'One');
const other = await addClassicClient(app, 'Two');
const administrator = await addAdministrator(app);

suite('GET /admin/users/{name}/grants', () => {
  test('lists what the user has granted, oldest first', async () => {
    await classicToken(app, client, 'anna');
    await classicToken(app, other, 'anna');
    const { grants } = (await administrator.get('/admin/users/ANNA/grants')).json<{
      grants: { lastUsedAt: string | null }[];
    }>();
    assert.deepEqual(
      grants.map((grant) => ({ ...grant, grantedAt: undefined, lastUsedAt: undefined })),
      [
        {
          client: client.id,
          clientName: 'One',
          scopes: ['call'],
          grantedAt: undefined,
          lastUsedAt: undefined,
        },
        {
          client: other.id,
          clientName: 'Two',
          scopes: ['call'],
          grantedAt: undefined,
          lastUsedAt: undefined,
        },
      ],
    );
  });

  test('says when each was last used, null for never', async () => {
    await addUser(app, 'user');
    await classicToken(app, client, 'user');
    const lastUsed = async () => {
      const answer = await administrator.get('/admin/users/user/grants');
      return answer.json<{ grants: { lastUsedAt: string | null }[] }>().grants[0]?.lastUsedAt;
    };
    const at = '2026-01-31T08:30:00.000Z';
    for (const [kept, shown] of [
      [null, null],
      [at, at],
    ]) {
      await app.sql(
        `UPDATE grants SET last_used_at = $1 WHERE user_id = (SELECT id FROM users WHERE name = 'user')`,
        [kept],
      );
      assert.equal(await lastUsed(), shown);
    }
  });

  test('404 for an unknown name', async () => {
    const answer = await administrator.get('/admin/users/nobody/grants');
    assert.deepEqual([answer.status, answer.json()['error']], [404, 'user_not_found']);
  });
});

suite('GET /admin/clients/{id}/grants', () => {
  test('lists who has granted the client what, by name and by pages', async () => {
    const popular = await addClassicClient(app, 'Popular');
    for (const name of ['zoe', 'Carl', 'dora']) {
      await addUser(app, name);
      await classicToken(app, popular, name);
    }
    const path = `/admin/clients/${popular.id}/grants`;
    type Page = { grants: { user: string; scopes: string[] }[]; nextPageToken?: string };
    const first = (await administrator.get(`${path}?page_size=2`)).json<Page>();
    const second = (
      await administrator.get(`${path}?page_size=2&page_token=${first.nextPageToken}`)
    ).json<Page>();
    assert.deepEqual(
      [...first.grants, ...second.grants].map(({ user, scopes }) => [user, ...scopes]),
      [
        ['Carl', 'call'],
        ['dora', 'call'],
        ['zoe', 'call'],
      ],
    );
    assert.equal(second.nextPageToken, undefined);
    const { grants, ongoing } = (await administrator.get(`/admin/clients/${popular.id}`)).json();
    assert.deepEqual([grants, ongoing], [3, 0]);
  });

  test('400 for a page token that this server did not give', async () => {
    const answer = await administrator.get(`/admin/clients/${client.id}/grants?page_token=x`);
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_input']);
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

  test('404 for a grant that does not exist or was withdrawn', async () => {
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
