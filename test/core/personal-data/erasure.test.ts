import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { finishErasures, stripCallsOf } from '../../../src/core/personal-data/erasure.ts';
import { abortedAfter } from '../../harness/abort.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import * as api from '../../web/api/call.ts';
import { openCall, postCall, stopCall } from '../../web/classic/call.ts';
import { insertCalls, insertUser } from '../calls/rows.ts';

const app = await startApp();
const client = await addClassicClient(app);
const administrator = await addAdministrator(app);

const NUMBER_OF_HERS = '+447700900777';
const addressOf = (name: string) => `sip:${name}@pbx.example.com`;
const NUMBER_CALLED = '+447700900888';

/** A user with all kinds of data. */
async function addPerson(name: string) {
  await addUser(app, name, { limit: 10, numbers: [NUMBER_OF_HERS], sipAddress: addressOf(name) });
  const token = await classicToken(app, client, name);
  const ended = await openCall(app, token, NUMBER_CALLED);
  await stopCall(app, token, ended);
  const own = { clientReference: `about ${name}`, metadata: { note: `for ${name}` } };
  const key = { 'idempotency-key': `"${name}"` };
  const { id: ongoing } = await api.openCall(app, token, api.callTo(NUMBER_CALLED, own), key);
  const [user] = await app.sql<{ id: string }>('SELECT id FROM users WHERE name = $1', [name]);
  const userId = user?.id ?? '';
  await app.sql(
    `INSERT INTO second_factors (user_id, kind, name, sealed_secret, last_step) VALUES ($1, 'totp', 'Telephone', 'x', 0)`,
    [userId],
  );
  return { token, ended, ongoing, userId };
}

/** Every row of every table, as text. */
async function everything(): Promise<string> {
  const tables = await app.sql<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const contents = tables.map(({ name }) => app.sql(`SELECT to_jsonb(t)::text AS row FROM ${name} t`));
  return JSON.stringify(await Promise.all(contents));
}

/** All data of a user, except calls and their events. */
async function tablesOfUsers(): Promise<string[]> {
  const tables = await app.sql<{ name: string }>(
    `SELECT conrelid::regclass::text AS name FROM pg_constraint
      WHERE contype = 'f' AND confrelid IN ('users'::regclass, 'grants'::regclass) AND conrelid NOT IN ('calls'::regclass, 'call_events'::regclass)`,
  );
  assert.ok(tables.length > 6);
  return tables.map(({ name }) => name);
}

interface Data {
  readonly user: { readonly name: string; readonly numbers: string[]; readonly sipAddress: string };
  readonly grants: { readonly client: string; readonly scopes: string[] }[];
  readonly secondFactors: { readonly name: string }[];
  readonly calls: { readonly id: string; readonly callee: string; readonly clientReference: string | null }[];
  readonly events: { readonly sequence: number; readonly call: string; readonly state: string }[];
  readonly auditLog: {
    readonly action: string;
    readonly byThemselves: boolean;
    readonly ipAddress: string | null;
    readonly subject: string | null;
  }[];
}

suite('GET /admin/users/{name}/data', () => {
  test('returns all data about one user, and none about others', async () => {
    const { ended, ongoing } = await addPerson('anna');
    await addPerson('bert');
    const answer = await administrator.get('/admin/users/ANNA/data');
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    const { user, grants, secondFactors, calls, events, auditLog } = answer.json<Data>();
    assert.deepEqual(
      [user.name, user.numbers, user.sipAddress],
      ['anna', [NUMBER_OF_HERS], addressOf('anna')],
    );
    assert.deepEqual(
      grants.map(({ client: by, scopes }) => [by, scopes]),
      [[client.id, ['call']]],
    );
    assert.deepEqual(
      secondFactors.map(({ name }) => name),
      ['Telephone'],
    );
    assert.deepEqual(
      calls.map(({ id, callee, clientReference }) => [id, callee, clientReference]),
      [
        [ongoing, NUMBER_CALLED, 'about anna'],
        [ended, NUMBER_CALLED, null],
      ],
    );
    assert.deepEqual(
      events.map(({ sequence, call, state }) => [sequence, call, state]),
      [
        [1, ended, 'connected'],
        [2, ended, 'disconnected'],
        [3, ongoing, 'connected'],
      ],
    );
    const added = auditLog.find(({ action }) => action === 'userAdded');
    assert.deepEqual([added?.byThemselves, added?.ipAddress], [false, null]);
    assert.equal(auditLog.at(-1)?.action, 'userExported');
    assert.doesNotMatch(answer.text, /bert|argon2|sealed/);
  });

  test('returns all calls, events and acts of a user with thousands', async () => {
    const userId = await insertUser(app, 'busy');
    await insertCalls(app, userId, 2_345);
    await app.sql(
      `INSERT INTO audit_log (actor, action, user_id, subject) SELECT 'server', 'callEnded', $1, n FROM generate_series(1, 2345) n`,
      [userId],
    );
    const { calls, events, auditLog } = (await administrator.get('/admin/users/busy/data')).json<Data>();
    assert.equal(new Set(calls.map(({ id }) => id)).size, 2_345);
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      events.map((_, index) => index + 1),
    );
    assert.equal(events.length, 2_345);
    assert.deepEqual(
      auditLog.slice(0, -1).map(({ subject }) => Number(subject)),
      events.map(({ sequence }) => sequence),
    );
  });

  test('404 for an unknown name, without an act in the audit log', async () => {
    const answer = await administrator.get('/admin/users/nobody/data');
    assert.deepEqual([answer.status, answer.json()['error']], [404, 'user_not_found']);
  });

  test('does not support HEAD, because it records an act', async () => {
    assert.equal((await administrator.send('HEAD', '/admin/users/anna/data')).status, 405);
  });
});

suite('DELETE /admin/users/{name}', () => {
  test('leaves no personal data in any table', async () => {
    const carla = await addPerson('Carla');
    assert.match(await everything(), /Carla/);
    const others = (await administrator.get('/admin/users/anna/data')).json<Data>();
    const answer = await administrator.send('DELETE', '/admin/users/carla');
    assert.deepEqual([answer.status, answer.text], [204, '']);

    const left = await everything();
    assert.doesNotMatch(left, /carla/i);
    const [user = {}] = await app.sql('SELECT * FROM users WHERE id = $1', [carla.userId]);
    assert.match(String(user['name']), /^erased-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.ok(user['disabled_at'] && user['erased_at'] && user['erasure_finished_at']);
    const calls = await app.sql(
      'SELECT caller, callee, stripped_at IS NOT NULL AS stripped FROM calls WHERE user_id = $1',
      [carla.userId],
    );
    assert.deepEqual(calls, new Array(2).fill({ caller: null, callee: '', stripped: true }));
    for (const table of await tablesOfUsers())
      assert.deepEqual(await app.sql(`SELECT 1 FROM ${table} WHERE user_id = $1`, [carla.userId]), [], table);
    const untouched = (await administrator.get('/admin/users/anna/data')).json<Data>();
    assert.deepEqual(untouched.calls, others.calls);
  });

  test('ends calls and tokens, and is recorded', async () => {
    const dora = await addPerson('dora');
    await administrator.send('DELETE', '/admin/users/dora');
    assert.equal((await postCall(app, dora.token)).status, 401);
    const [call = {}] = await app.sql('SELECT state, ended_by FROM calls WHERE id = $1', [dora.ongoing]);
    assert.deepEqual(call, { state: 'disconnected', ended_by: 'revocation' });
    const [act = {}] = await app.sql('SELECT action, actor, user_id FROM audit_log ORDER BY id DESC LIMIT 1');
    assert.deepEqual(act, { action: 'userErased', actor: 'administrator', user_id: dora.userId });
  });

  test('frees the name; the user cannot be listed, found or enabled', async () => {
    const { userId } = await addPerson('Emil');
    await administrator.send('DELETE', '/admin/users/emil');
    const [user] = await app.sql<{ name: string }>('SELECT name FROM users WHERE id = $1', [userId]);
    const { users } = (await administrator.get('/admin/users')).json<{ users: { name: string }[] }>();
    assert.ok(users.every(({ name }) => name !== user?.name && name !== 'Emil'));
    for (const [method, path, body] of [
      ['GET', 'calls'],
      ['GET', 'data'],
      ['PUT', 'disabled', { disabled: false }],
      ['PUT', 'limit', { limit: 5 }],
    ] as const)
      assert.equal(
        (await administrator.send(method, `/admin/users/${user?.name}/${path}`, body)).status,
        404,
        path,
      );
    assert.equal((await administrator.send('DELETE', `/admin/users/${user?.name}`)).status, 404);
    await addPerson('emil');
  });

  test('of a user with thousands of calls resumes after an interruption', async () => {
    const userId = await insertUser(app, 'franz');
    await insertCalls(app, userId, 1_700);
    await app.sql(`UPDATE users SET disabled_at = now(), erased_at = now() WHERE id = $1`, [userId]);
    await stripCallsOf(app.database, userId, abortedAfter(2));
    const unfinished = () =>
      app.sql('SELECT count(*)::integer AS calls FROM calls WHERE user_id = $1 AND stripped_at IS NULL', [
        userId,
      ]);
    assert.deepEqual(await unfinished(), [{ calls: 700 }]);
    await finishErasures(app.database);
    assert.deepEqual(await unfinished(), [{ calls: 0 }]);
  });

  test('refuses to erase oneself', async () => {
    const answer = await administrator.send('DELETE', '/admin/users/rosa');
    assert.deepEqual([answer.status, answer.json()['error']], [409, 'disabling_oneself']);
    assert.equal((await administrator.get('/admin/users/rosa/calls')).status, 200);
  });

  test('404 for an unknown name', async () => {
    const answer = await administrator.send('DELETE', '/admin/users/nobody');
    assert.deepEqual([answer.status, answer.json()['error']], [404, 'user_not_found']);
  });
});
