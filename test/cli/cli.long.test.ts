import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmptyDatabase, dropDatabase, startApp } from '../harness/app.ts';
import { addClassicClient, addModernClient, bearer, classicToken, PASSWORD } from '../harness/people.ts';
import { runCli } from '../harness/server-process.ts';
import { postCall } from '../web/classic/call.ts';
import { registerWithKey } from '../web/oauth/modern-walk.ts';
import { commandLine } from './command-line.ts';

const app = await startApp();
const env = { DATABASE_URL: app.databaseUrl };
const cli = commandLine(app, env);

test('lists and removes the second factors of a user', async () => {
  await cli('user', 'add', 'Lost', '--password-stdin', '--admin');
  await app.sql(
    `INSERT INTO second_factors (user_id, kind, name, sealed_secret, last_step)
     SELECT id, 'totp', 'My phone', '', 0 FROM users WHERE name = 'Lost'`,
  );
  const [{ createdAt, ...factor }] = await cli('user', 'second-factors', 'lost');
  assert.ok(Date.parse(createdAt) > 0);
  assert.deepEqual(factor, { kind: 'totp', name: 'My phone', lastUsedAt: null });
  assert.deepEqual(await cli('user', 'reset-second-factors', 'lost'), {
    ...{ name: 'lost', secondFactors: 'removed' },
  });
  assert.deepEqual(await cli('user', 'second-factors', 'lost'), []);
});

test('lists the message flows that phones and trunks need, until they expire', async () => {
  assert.deepEqual(await cli('sip-flow', 'list'), []);
  await app.sql(`INSERT INTO sip_flows (target, flow, learned_at, expires_at)
                 VALUES ('sip:trunk.example', 'early-offer', '2026-01-01Z', now() + interval '1 day'),
                        ('sip:old.example', 'early-offer', '2026-01-01Z', now())`);
  const [{ expires, ...flow }, ...others] = await cli('sip-flow', 'list');
  assert.ok(Date.parse(expires) > Date.now());
  assert.deepEqual(flow, {
    ...{ target: 'sip:trunk.example', flow: 'early-offer', learned: '2026-01-01T00:00:00.000Z' },
  });
  assert.deepEqual(others, []);
});

test('adds, shows and changes users while the server runs', async () => {
  const added = await cli(
    'user',
    'add',
    'Anna',
    '--password-stdin',
    '--limit',
    '1',
    '--number',
    '+44 7700 900001',
    '--sip-address',
    'sip:anna@pbx.example.com',
  );
  assert.deepEqual(added, {
    name: 'Anna',
    limit: 1,
    ongoing: 0,
    administrator: false,
    disabled: false,
    numbers: ['+447700900001'],
    sipAddress: 'sip:anna@pbx.example.com',
    passwordChangeRequired: false,
  });
  const client = await addClassicClient(app);
  const token = await classicToken(app, client, 'anna');
  const open = () => postCall(app, token);
  assert.equal((await open()).status, 201);
  assert.equal((await open()).status, 409);

  await cli('user', 'limit', 'anna', '2');
  assert.equal((await open()).status, 201);
  assert.equal((await cli('user', 'list'))[0].ongoing, 2);

  await cli('user', 'disable', 'anna');
  assert.equal((await open()).status, 401);
  await cli('user', 'enable', 'anna');
  assert.equal((await open()).status, 401);
  assert.deepEqual(await app.sql('SELECT DISTINCT ended_by FROM calls'), [{ ended_by: 'revocation' }]);

  assert.deepEqual((await cli('user', 'number', 'anna', '+12025550100', '+12025550101')).numbers, [
    '+12025550100',
    '+12025550101',
  ]);
  assert.deepEqual((await cli('user', 'number', 'anna')).numbers, []);
  const moved = await cli('user', 'sip-address', 'anna', 'sip:anna@desk.example.com');
  assert.equal(moved.sipAddress, 'sip:anna@desk.example.com');
  const address = { name: 'Anna', sipAddress: 'sip:anna@desk.example.com' };
  assert.deepEqual(await cli('user', 'sip-address', 'anna'), address);
  assert.equal((await cli('user', 'sip-address', 'anna', '--none')).sipAddress, null);
  assert.deepEqual(await cli('user', 'sip-address', 'anna'), { ...address, sipAddress: null });
});

test('sets a password that the user must change at the next sign-in, only if told so', async () => {
  const isRequired = async () => (await app.users.findUser('first')).passwordChangeRequired;
  const added = await cli('user', 'add', 'First', '--password-stdin', '--require-change');
  assert.equal(added.passwordChangeRequired, true);
  const plain = await cli('user', 'password', 'first', '--password-stdin');
  assert.deepEqual(plain, { name: 'first', password: 'changed', passwordChangeRequired: false });
  assert.equal(await isRequired(), false);
  await cli('user', 'password', 'first', '--password-stdin', '--require-change');
  assert.equal(await isRequired(), true);
});

test('refuses a common password, and a short one', async () => {
  for (const [password, line] of [
    ['iloveyou', /one of the 3,000 most common ones/],
    ['x7!kQzw', /must have 8 to 1024 characters/],
  ] as const) {
    const ended = await runCli(['user', 'add', 'weak', '--password-stdin'], env, password);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, line);
  }
});

test('exports a user, and erases one only with --yes', async () => {
  await cli('user', 'add', 'Leaver', '--password-stdin');
  await cli('user', 'password', 'leaver', '--password-stdin');
  const exported = await runCli(['user', 'export', 'leaver'], env);
  assert.equal(exported.code, 0, exported.stderr);
  assert.equal(JSON.parse(exported.stdout).user.name, 'Leaver');

  const unsure = await runCli(['user', 'erase', 'leaver'], env);
  assert.deepEqual([unsure.code, unsure.stderr], [2, 'clicktocall: this cannot be undone: give --yes\n']);
  assert.deepEqual(await cli('user', 'erase', 'leaver', '--yes'), { name: 'leaver', erased: true });
});

test('lists and ends calls, and withdraws the grant under which they were opened', async () => {
  const client = await addClassicClient(app);
  const token = await classicToken(app, client, 'anna');
  for (let n = 0; n < 2; n++) await postCall(app, token);
  const ongoing = await cli('call', 'list', '--user', 'anna', '--ongoing');
  assert.equal(ongoing.length, 2);
  const ended = await cli('call', 'end', ongoing[0].id);
  assert.equal(ended.state, 'disconnected');
  assert.deepEqual(await app.sql('SELECT ended_by FROM calls WHERE id = $1', [ongoing[0].id]), [
    { ended_by: 'administrator' },
  ]);
  assert.equal((await cli('call', 'list', '--ongoing')).length, 1);
  assert.equal((await cli('call', 'list', '--count', '1')).length, 1);
  await app.sql('UPDATE calls SET sip_status = 603, q850_cause = 21 WHERE id = $1', [ended.id]);
  for (const [option, value, other] of [
    ['--reason', 'hangUp', 'calleeBusy'],
    ['--sip-status', '603', '486'],
    ['--q850-cause', '21', '17'],
  ] as const) {
    const found: { id: string; sipStatus: number; q850Cause: number }[] = await cli(
      'call',
      'list',
      option,
      value,
    );
    assert.deepEqual(
      found.map(({ id, sipStatus, q850Cause }) => [id, sipStatus, q850Cause]),
      [[ended.id, 603, 21]],
    );
    assert.deepEqual(await cli('call', 'list', option, other), []);
  }
  for (const refused of [
    ['--sip-status', '700', 'Must be from 100 to 699'],
    ['--q850-cause', '128', 'Must be from 0 to 127'],
  ] as const) {
    const { code, stderr } = await runCli(['call', 'list', refused[0], refused[1]], env);
    assert.notEqual(code, 0);
    assert.match(stderr, new RegExp(refused[2]));
  }
  await cli('grant', 'withdraw', 'anna', client.id);
  assert.equal((await postCall(app, token)).status, 401);
});

test('registers, lists, rotates and removes clients, and shows a secret once', async () => {
  const added = await cli(
    'client',
    'add',
    '--name',
    'CRM',
    '--redirect-uri',
    'https://crm.example/cb',
    'https://crm.example/cb2',
    '--origin',
    'moz-extension://4f5ccb0a-2f5b-4f3b',
  );
  assert.match(added.secret, /^[\w-]{43}$/);
  assert.equal(added.classic, false);
  assert.deepEqual(added.origins, ['https://crm.example', 'moz-extension://4f5ccb0a-2f5b-4f3b']);
  const rotated = await cli('client', 'rotate', added.id);
  assert.notEqual(rotated.secret, added.secret);
  const listed = (await cli('client', 'list')).find((client: { id: string }) => client.id === added.id);
  assert.deepEqual(listed.redirectUris, ['https://crm.example/cb', 'https://crm.example/cb2']);
  assert.equal('secret' in listed, false);
  assert.deepEqual(await cli('client', 'remove', added.id), { id: added.id, removed: true });
  assert.equal(
    (await cli('client', 'list')).some((client: { id: string }) => client.id === added.id),
    false,
  );
});

test('issues an initial access token that registers an application', async () => {
  const { token, expires, registrations } = await cli('initial-access-token', '--registrations', '1');
  assert.equal(registrations, 1);
  assert.ok(new Date(expires).getTime() > Date.now() + 23 * 3600 * 1000);
  const register = () =>
    fetch(`${app.url}/oauth/register`, {
      method: 'POST',
      headers: { ...bearer(token), 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://a.example/cb'] }),
    });
  assert.equal((await register()).status, 201);
  assert.equal((await register()).status, 401);
});

test('sets the audience of the assertions of a client', async () => {
  const id = await registerWithKey(app);
  assert.deepEqual(await cli('client', 'assertion-audience', id, 'tokenEndpoint'), {
    id,
    assertionAudience: 'tokenEndpoint',
  });
});

test('registers what a client wants for the sign-out of its users, and replaces it', async () => {
  const uri = 'https://app.example/bye';
  const backchannel = 'https://app.example/logout';
  const session = '--backchannel-logout-session-required';
  const options = ['--post-logout-redirect-uri', uri, '--backchannel-logout-uri', backchannel, session];
  const { id } = await cli(
    'client',
    'add',
    '--name',
    'Out',
    '--redirect-uri',
    'https://app.example/',
    ...options,
  );
  const [row] = await app.sql('SELECT metadata FROM clients WHERE id = $1', [id]);
  const metadata = row?.['metadata'] as Record<string, unknown>;
  assert.deepEqual(metadata['post_logout_redirect_uris'], [uri]);
  assert.equal(metadata['backchannel_logout_uri'], backchannel);
  assert.equal(metadata['backchannel_logout_session_required'], true);
  assert.deepEqual(await cli('client', 'logout', id, '--post-logout-redirect-uri', uri), {
    id,
    postLogoutRedirectUris: [uri],
    backchannelLogoutUri: null,
    backchannelLogoutSessionRequired: false,
  });
});

test('lifts PKCE for one client that sends a nonce, and requires it again', async () => {
  const { id } = (await addModernClient(app)).client;
  for (const [use, pkceRequired] of [
    ['optional', false],
    ['required', true],
  ] as const)
    assert.deepEqual(await cli('client', 'pkce', id, use), { id, pkceRequired });
});

test('rotates keys', async () => {
  await cli('keys', 'rotate');
  assert.deepEqual(await app.sql('SELECT count(*)::integer AS sets FROM key_sets'), [{ sets: 2 }]);
});

test('removes demo data', async () => {
  await app.clients.registerDemoClient({ name: 'Demo', redirectUris: [`${app.url}/test`] }, 'demo-app');
  assert.deepEqual((await cli('demo', 'remove')).removed, ['demo-app']);
});

test('migrates an empty database, once, with no server running', async () => {
  const DATABASE_URL = await createEmptyDatabase();
  const migrations = readdirSync(join(import.meta.dirname, '../../database/migrations'));
  const first = await runCli(['migrate', '--json'], { DATABASE_URL });
  assert.deepEqual(JSON.parse(first.stdout), {
    applied: migrations.map((file) => Number.parseInt(file, 10)).toSorted((a, b) => a - b),
  });
  const again = await runCli(['migrate', '--json'], { DATABASE_URL });
  assert.deepEqual(JSON.parse(again.stdout), { applied: [] });
  await dropDatabase(DATABASE_URL);
});

test('refuses bad input with one line on standard error and exit status 2, and changes nothing', async () => {
  const publicClient = await addModernClient(app, { public: true });
  const dump = () =>
    app.sql(
      'SELECT (SELECT json_agg(u) FROM users u) AS users, (SELECT json_agg(c) FROM clients c) AS clients',
    );
  const before = await dump();
  const wrong: [string[], RegExp][] = [
    [[], /missing command/],
    [['bogus'], /unknown command 'bogus'/],
    [['user', 'add'], /missing required argument 'name'/],
    [['user', 'add', 'bert'], /--password-stdin/],
    [['user', 'add', 'bert', '--password-stdin', '--limit', 'two'], /--limit.*whole number/],
    [['user', 'add', 'ANNA', '--password-stdin'], /There is already a user "ANNA"/],
    [['user', 'number', 'anna', 'garbage'], /number must begin with \+/],
    [['user', 'sip-address', 'anna', 'sip:a@b.example', '--none'], /an address or --none/],
    [['user', 'erase', 'nobody', '--yes'], /There is no user "nobody"/],
    [
      ['client', 'add', '--name', 'X', '--redirect-uri', 'nonsense'],
      /Redirect URI 1 must be an absolute URI/,
    ],
    [
      ['client', 'add', '--name', 'X', '--redirect-uri', 'https://x.example/', '--classic', '--public'],
      /classic/,
    ],
    [
      ['client', 'add', '--name', 'X', '--redirect-uri', 'https://x.example/', 'http://x.example/'],
      /Redirect URI 2 must use https:/,
    ],
    [['client', 'add', '--name', ' \u200b', '--redirect-uri', 'https://x.example/'], /name must not contain/],
    [['client', 'assertion-audience', 'nothing', 'everybody'], /issuer or tokenEndpoint/],
    [['client', 'logout', 'nothing'], /There is no client "nothing"/],
    [['client', 'pkce', 'nothing', 'never'], /Must be required or optional/],
    [['client', 'pkce', publicClient.client.id, 'optional'], /is public, so it must use PKCE/],
    [['client', 'assertion-audience', 'nothing', 'issuer'], /There is no client "nothing"/],
    [['initial-access-token', '--registrations', '0'], /registrations must be a whole number from 1 to 1000/],
    [['client', 'remove', 'nothing'], /There is no client "nothing"/],
    [['call', 'end', 'nothing'], /There is no call "nothing"/],
    [['migrate', 'now'], /too many arguments/],
  ];
  const ends = await Promise.all(
    wrong.map(async ([args, line]) => ({ args, line, ended: await runCli(args, env, PASSWORD) })),
  );
  for (const { args, line, ended } of ends) {
    assert.equal(ended.code, 2, args.join(' '));
    assert.match(ended.stderr, line);
    assert.match(ended.stderr, /^clicktocall: [^\n]+\n$/);
    assert.equal(ended.stdout, '');
  }
  assert.deepEqual(await dump(), before);
  assert.equal((await runCli(['user', 'list'], { ...env, PORT: 'x' })).code, 2);
});

test('says on standard error, with exit status 1, that the database cannot be reached', async () => {
  const ended = await runCli(['user', 'list'], { DATABASE_URL: 'postgresql://nobody@localhost:1/none' });
  assert.deepEqual([ended.code, ended.stdout], [1, '']);
  assert.match(ended.stderr, /^clicktocall: DATABASE_URL: [^\n]+\n$/);
});

test('prints tables for people', async () => {
  const ended = await runCli(['user', 'list'], env);
  assert.match(
    ended.stdout,
    /^NAME +LIMIT +ONGOING +ADMINISTRATOR +DISABLED +NUMBERS +SIP ADDRESS +PASSWORD CHANGE REQUIRED\nAnna +2 +0 /,
  );
  assert.match((await runCli(['--help'], env)).stdout, /^Usage: clicktocall/);
});
