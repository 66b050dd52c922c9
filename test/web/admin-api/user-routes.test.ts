import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { XMLParser } from 'fast-xml-parser';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { FORM, request } from '../../platform/http/request.ts';
import { openCall, postCall, stopCall } from '../classic/call.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const client = await addClassicClient(app);
const administrator = await addAdministrator(app);
await addUser(app, 'anna', {
  limit: 3,
  numbers: ['+447700900777', '+447700900111'],
  sipAddress: 'sip:anna@pbx.example.com',
});
const token = await classicToken(app, client, 'anna');

interface ShownUser {
  readonly name: string;
  readonly administrator: boolean;
  readonly disabled: boolean;
  readonly limit: number;
  readonly ongoing: number;
  readonly numbers: readonly string[];
  readonly sipAddress: string | null;
  readonly createdAt: string;
}

suite('GET /admin/users/{name}', () => {
  test('shows one user like the list, case-insensitively', async () => {
    const one = await administrator.get('/admin/users/ANNA');
    const { users } = (await administrator.get('/admin/users?name_prefix=anna')).json<{
      users: ShownUser[];
    }>();
    assert.equal(one.status, 200);
    assert.deepEqual(one.json(), users[0]);
  });

  test('404 for an unknown name', async () => {
    const answer = await administrator.get('/admin/users/nobody');
    assert.deepEqual([answer.status, answer.json()['error']], [404, 'user_not_found']);
  });
});

suite('GET /admin/users', () => {
  test('lists all users by name, with limit and ongoing calls, without passwords', async () => {
    const id = await openCall(app, token);
    await addUser(app, 'Bert');
    await app.users.setDisabled('Bert', true, COMMAND_LINE);
    const answer = await administrator.get('/admin/users');
    assert.equal(answer.status, 200);
    const { users, nextPageToken } = answer.json<{ users: ShownUser[]; nextPageToken?: string }>();
    assert.equal(nextPageToken, undefined);
    assert.deepEqual(
      users.map(({ createdAt, ...rest }) => ({
        ...rest,
        recent: Date.now() - Date.parse(createdAt) < 60_000,
      })),
      [
        {
          name: 'anna',
          administrator: false,
          passwordChangeRequired: false,
          disabled: false,
          limit: 3,
          ongoing: 1,
          numbers: ['+447700900777', '+447700900111'],
          sipAddress: 'sip:anna@pbx.example.com',
          recent: true,
        },
        {
          name: 'Bert',
          administrator: false,
          passwordChangeRequired: false,
          disabled: true,
          limit: 2,
          ongoing: 0,
          numbers: [],
          sipAddress: null,
          recent: true,
        },
        {
          name: 'rosa',
          administrator: true,
          passwordChangeRequired: false,
          disabled: false,
          limit: 2,
          ongoing: 0,
          numbers: [],
          sipAddress: null,
          recent: true,
        },
      ],
    );
    await stopCall(app, token, id);
  });

  test('goes page by page, every user once', async () => {
    for (const name of ['u1', 'U2', 'u3', 'Ü4', 'u.5', 'u-6', 'u_7']) await addUser(app, name);
    const [row] = await app.sql('SELECT count(*)::integer AS count FROM users');
    const seen: string[] = [];
    let query = '?page_size=2';
    for (let page = 0; page < 20 && query !== ''; page++) {
      const answer = await administrator.get(`/admin/users${query}`);
      assert.equal(answer.status, 200, answer.text);
      const { users, nextPageToken } = answer.json<{ users: ShownUser[]; nextPageToken?: string }>();
      assert.ok(users.length === 2 || nextPageToken === undefined);
      seen.push(...users.map(({ name }) => name));
      query = nextPageToken === undefined ? '' : `?page_size=2&page_token=${nextPageToken}`;
    }
    assert.equal(seen.length, row?.['count']);
    assert.equal(new Set(seen).size, seen.length);
  });

  test('finds users by the prefix of their names, case-insensitively, without patterns', async () => {
    const named = async (prefix: string) => {
      const query = new URLSearchParams({ name_prefix: prefix });
      const { users } = (await administrator.get(`/admin/users?${query}`)).json<{ users: ShownUser[] }>();
      return users.map(({ name }) => name);
    };
    assert.deepEqual(await named('ü'), ['Ü4']);
    assert.deepEqual(await named('U_'), ['u_7']);
    assert.deepEqual(await named('%'), []);
  });
});

suite('GET /admin/users/{name}/calls', () => {
  test('shows the limit and the ongoing calls, newest first, as JSON', async () => {
    const ended = await openCall(app, token, '+447700900001');
    await stopCall(app, token, ended);
    const [first, second] = [
      await openCall(app, token, '+447700900002'),
      await openCall(app, token, '+447700900003'),
    ];
    const answer = await administrator.get('/admin/users/ANNA/calls');
    assert.equal(answer.status, 200);
    const { calls, ...status } = answer.json<{ calls: Record<string, unknown>[] }>();
    assert.deepEqual(status, { user: 'anna', limit: 3, ongoing: 2 });
    assert.deepEqual(
      calls.map(({ id, user, client: by, callee, state }) => [id, user, by, callee, state]),
      [
        [second, 'anna', client.id, '+447700900003', 'connected'],
        [first, 'anna', client.id, '+447700900002', 'connected'],
      ],
    );
    await stopCall(app, token, first);
    await stopCall(app, token, second);
  });

  test('shows the same as XML', async () => {
    const id = await openCall(app, token);
    const answer = await administrator.get('/admin/users/anna/calls', { accept: 'application/xml' });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/xml/);
    const { user } = new XMLParser({ parseTagValue: false }).parse(answer.text);
    assert.deepEqual([user.name, user.limit, user.ongoing], ['anna', '3', '1']);
    assert.equal(user.calls.call.id, id);
    assert.equal(user.calls.call.state, 'connected');
    assert.ok(!('endedAt' in user.calls.call), 'what is not known yet is left out');
    await stopCall(app, token, id);
  });

  test('shows no calls when there are none, limit 0 or not', async () => {
    await addUser(app, 'none', { limit: 0 });
    const answer = await administrator.get('/admin/users/none/calls');
    assert.deepEqual(answer.json(), { user: 'none', limit: 0, ongoing: 0, calls: [] });
  });

  test('404 for an unknown name', async () => {
    const answer = await administrator.get('/admin/users/nobody/calls');
    assert.equal(answer.status, 404);
    assert.deepEqual(answer.json(), { error: 'user_not_found', message: 'There is no user "nobody".' });
  });
});

suite('PUT /admin/users/{name}/limit', () => {
  async function limitOf(name: string): Promise<unknown> {
    const [row] = await app.sql('SELECT max_ongoing_calls FROM users WHERE name = $1', [name]);
    return row?.['max_ongoing_calls'];
  }

  test('sets the limit, which holds for the next open', async () => {
    await addUser(app, 'carl', { limit: 0 });
    const carls = await classicToken(app, client, 'carl');
    assert.equal((await postCall(app, carls)).status, 409);
    const answer = await administrator.send('PUT', '/admin/users/carl/limit', { limit: 1 });
    assert.equal(answer.status, 200);
    assert.equal(answer.json()['name'], 'carl');
    assert.equal(answer.json()['limit'], 1);
    await openCall(app, carls);
    assert.equal((await postCall(app, carls)).status, 409);

    assert.equal((await administrator.send('PUT', '/admin/users/carl/limit', { limit: 0 })).status, 200);
    assert.equal(await limitOf('carl'), 0);
  });

  for (const limit of [0, 10_000]) {
    test(`takes ${limit}`, async () => {
      assert.equal((await administrator.send('PUT', '/admin/users/anna/limit', { limit })).status, 200);
      assert.equal(await limitOf('anna'), limit);
    });
  }

  for (const body of [
    {},
    { limit: -1 },
    { limit: 10_001 },
    { limit: 1.5 },
    { limit: '3' },
    { limit: null },
    { limit: true },
    { limit: [3] },
    { limit: 3, further: 1 },
    [],
    3,
    'null',
    '{"limit":',
    '',
  ]) {
    test(`400 and no change for ${JSON.stringify(body)}`, async () => {
      const before = await limitOf('anna');
      const answer = await administrator.send('PUT', '/admin/users/anna/limit', body);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json()['error'], 'invalid_input');
      assert.equal(await limitOf('anna'), before);
    });
  }

  test('415 and no change for a form, whose values are not numbers', async () => {
    const before = await limitOf('anna');
    const headers = { ...FORM, ...bearer(administrator.token) };
    const answer = await request(app, 'PUT', '/admin/users/anna/limit', headers, 'limit=7');
    assert.equal(answer.status, 415);
    assert.equal(await limitOf('anna'), before);
  });

  test('404 for an unknown name', async () => {
    const answer = await administrator.send('PUT', '/admin/users/nobody/limit', { limit: 1 });
    assert.equal(answer.status, 404);
    assert.equal(answer.json()['error'], 'user_not_found');
  });
});

suite('PUT /admin/users/{name}/numbers', () => {
  test('replaces the numbers that the user may call from; the first is the default', async () => {
    await addUser(app, 'dora', { numbers: ['+447700900010'] });
    const numbers = ['+44 7700 900012', '+447700900011'];
    const answer = await administrator.send('PUT', '/admin/users/dora/numbers', { numbers });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json()['numbers'], ['+447700900012', '+447700900011']);
    const none = await administrator.send('PUT', '/admin/users/dora/numbers', { numbers: [] });
    assert.deepEqual(none.json()['numbers'], []);
  });

  for (const body of [
    {},
    { numbers: '+447700900012' },
    { numbers: [1] },
    { numbers: ['12'] },
    { numbers: [], x: 1 },
  ]) {
    test(`400 and no change for ${JSON.stringify(body)}`, async () => {
      await administrator.send('PUT', '/admin/users/dora/numbers', { numbers: ['+447700900010'] });
      const answer = await administrator.send('PUT', '/admin/users/dora/numbers', body);
      assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_input'], answer.text);
      const { users } = (await administrator.get('/admin/users')).json<{
        users: { name: string; numbers: [] }[];
      }>();
      assert.deepEqual(users.find(({ name }) => name === 'dora')?.numbers, ['+447700900010']);
    });
  }

  test('an invalid number is named by its place, and shown', async () => {
    const numbers = ['+447700900012', 'garbage'];
    for (const [method, path, body] of [
      ['PUT', '/admin/users/dora/numbers', { numbers }],
      ['POST', '/admin/users', { name: 'gina', password: 'correct horse', numbers }],
    ] as const) {
      const { field, message } = (await administrator.send(method, path, body)).json();
      assert.equal(field, 'numbers[1]', path);
      assert.match(String(message), /^number must begin with \+ .*, not "garbage", because/);
    }
  });

  test('404 for an unknown name', async () => {
    const answer = await administrator.send('PUT', '/admin/users/nobody/numbers', { numbers: [] });
    assert.deepEqual([answer.status, answer.json()['error']], [404, 'user_not_found']);
  });
});

suite('PUT /admin/users/{name}/sip-address', () => {
  const path = '/admin/users/greta/sip-address';

  test('says where the user’s own phone rings; null removes it', async () => {
    await addUser(app, 'greta');
    for (const sipAddress of ['sips:greta@pbx.example.com:5061;transport=tcp', null]) {
      const answer = await administrator.send('PUT', path, { sipAddress });
      assert.deepEqual([answer.status, answer.json()['sipAddress']], [200, sipAddress], answer.text);
    }
  });

  for (const body of [
    {},
    { sipAddress: 1 },
    { sipAddress: 'greta' },
    { sipAddress: 'sip:greta@pbx?Route=x' },
  ]) {
    test(`400 and no change for ${JSON.stringify(body)}`, async () => {
      await administrator.send('PUT', path, { sipAddress: 'sip:greta@pbx' });
      const answer = await administrator.send('PUT', path, body);
      assert.deepEqual([answer.status, answer.json()['field']], [400, 'sipAddress'], answer.text);
      assert.equal((await administrator.get('/admin/users/greta')).json()['sipAddress'], 'sip:greta@pbx');
    });
  }
});

suite('PUT /admin/users/{name}/disabled', () => {
  test('refuses to disable the administrator who asks, who could not undo it', async () => {
    const answer = await administrator.send('PUT', '/admin/users/ROSA/disabled', { disabled: true });
    assert.deepEqual([answer.status, answer.json()['error']], [409, 'disabling_oneself']);
    assert.equal((await administrator.get('/admin/users')).status, 200);
  });

  test('ends the user’s tokens and calls; enabling lets them sign in again', async () => {
    await addUser(app, 'emil');
    const token = await classicToken(app, client, 'emil');
    const id = await openCall(app, token);
    const disabled = await administrator.send('PUT', '/admin/users/emil/disabled', { disabled: true });
    assert.deepEqual(
      [disabled.status, disabled.json()['disabled'], disabled.json()['ongoing']],
      [200, true, 0],
    );
    assert.equal((await postCall(app, token)).status, 401);
    const call = (await administrator.get(`/admin/calls/${id}`)).json();
    assert.deepEqual([call['state'], call['endedBy']], ['disconnected', 'revocation']);

    const enabled = await administrator.send('PUT', '/admin/users/emil/disabled', { disabled: false });
    assert.equal(enabled.json()['disabled'], false);
    await openCall(app, await classicToken(app, client, 'emil'));
  });

  test('400 for anything but a boolean, 404 for an unknown name', async () => {
    assert.equal(
      (await administrator.send('PUT', '/admin/users/emil/disabled', { disabled: 'yes' })).status,
      400,
    );
    assert.equal(
      (await administrator.send('PUT', '/admin/users/nobody/disabled', { disabled: true })).status,
      404,
    );
  });
});
