import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import {
  addClassicClient,
  addModernClient,
  addUser,
  classicToken,
  modernToken,
} from '../../harness/people.ts';
import { openCall } from '../classic/call.ts';
import { addPerson, callStatus, configure, obtainTokens, refresh, refusal } from '../oauth/modern-walk.ts';
import { rowsOf, textOf, visitor } from './visitor.ts';

const app = await startApp();

test('shows each application with its scopes in words, when it was allowed and how it was used', async () => {
  const client = await addModernClient(app, { name: '<i>Dialer</i>' });
  await addUser(app, 'anna', { limit: 5 });
  const token = await modernToken(app, client, 'anna', 'call openid');
  await openCall(app, token);
  await openCall(app, token);
  const page = await (await visitor(app, 'anna')).get('/account/applications');
  const [row = [], ...others] = rowsOf(page);
  assert.equal(others.length, 0);
  assert.equal(row[0], '&#60;i&#62;Dialer&#60;/i&#62;');
  assert.match(row[1] ?? '', /open, see and stop phone calls.*know that it is you/);
  const today = new Date().toISOString().slice(0, 10);
  assert.match(row[2] ?? '', new RegExp(`^${today} `));
  assert.match(row[3] ?? '', new RegExp(`^${today} `));
  assert.equal(row[4], '2');
  assert.doesNotMatch(page.text, /<i>Dialer/);
});

test('was last used when it last got a token, or last opened a call', async () => {
  const config = await configure(app, await addModernClient(app));
  const person = await addPerson(app, 'bert');
  const tokens = await obtainTokens(config, person);
  const browser = await visitor(app, 'bert');
  const lastUse = async () => rowsOf(await browser.get('/account/applications'))[0]?.[3];

  await app.sql(`UPDATE grants SET last_used_at = NULL`);
  assert.equal(await lastUse(), 'never');
  await app.sql(`UPDATE grants SET last_used_at = '2024-01-02T03:04:05Z'`);
  assert.equal(await lastUse(), '2024-01-02 03:04:05 UTC');
  await refresh(config, tokens.refresh);
  assert.match((await lastUse()) ?? '', new RegExp(`^${new Date().toISOString().slice(0, 10)}`));

  await app.sql(`UPDATE grants SET last_used_at = '2024-01-02T03:04:05Z'`);
  await openCall(app, tokens.access);
  await app.sql(`UPDATE calls SET created_at = '2024-05-06T07:08:09Z'`);
  assert.equal(await lastUse(), '2024-05-06 07:08:09 UTC');
});

test('withdrawing ends the tokens and the calls of that application at once, and nothing else', async () => {
  const [first, second] = [await addClassicClient(app, 'First'), await addClassicClient(app, 'Second')];
  const config = await configure(app, await addModernClient(app));
  const person = await addPerson(app, 'carl');
  const [its, others] = [await classicToken(app, first, 'carl'), await classicToken(app, second, 'carl')];
  const modern = await obtainTokens(config, person);
  const [ends, goesOn] = [await openCall(app, its), await openCall(app, others)];
  const browser = await visitor(app, 'carl');

  const answer = await browser.post(`/account/applications/${first.id}/withdraw`);
  assert.deepEqual([answer.status, answer.location], [303, `${app.url}/account/applications?done=withdrawn`]);
  const page = await browser.get(answer.location);
  assert.match(page.text, /role="status">Access removed\./);
  assert.deepEqual(
    rowsOf(page).map(([name]) => name),
    ['Second', 'Modern'],
  );
  assert.equal(await callStatus(app, its), 401);
  assert.equal(await callStatus(app, others), 200);
  assert.deepEqual(
    await app.sql('SELECT id, ended_by FROM calls WHERE id = ANY($1) ORDER BY created_at', [[ends, goesOn]]),
    [
      { id: ends, ended_by: 'revocation' },
      { id: goesOn, ended_by: null },
    ],
  );

  const modernId = config.clientMetadata().client_id;
  assert.equal((await browser.post(`/account/applications/${modernId}/withdraw`)).status, 303);
  await assert.rejects(refresh(config, modern.refresh), refusal('invalid_grant'));
});

test('a user cannot withdraw another user’s grant, or one that does not exist', async () => {
  const client = await addClassicClient(app);
  await addUser(app, 'dora');
  await addUser(app, 'emma');
  const token = await classicToken(app, client, 'dora');
  const browser = await visitor(app, 'emma');
  const answer = await browser.post(`/account/applications/${client.id}/withdraw`);
  assert.equal(answer.status, 404);
  assert.equal(answer.json()['error'], 'grant_not_found');
  assert.equal(await callStatus(app, token), 200);
});

test('counts the last 10,000 calls, and shows that there are more', async () => {
  const client = await addClassicClient(app, 'Busy');
  await addUser(app, 'busy');
  await classicToken(app, client, 'busy');
  const browser = await visitor(app, 'busy');
  const insert = (number: number, clientId: string, at: string) =>
    app.sql(
      `INSERT INTO calls (id, user_id, client_id, callee, state, reason, ended_by, created_at, ended_at, carrier,
                          ring_timeout, time_limit, deadline_at)
       SELECT $4 || i, u.id, $2, '+441632960000', 'disconnected', 'hangUp', 'client', $3, $3, 'session', 60, 60, $3
         FROM generate_series(1, $1) i, users u WHERE u.name = 'busy'`,
      [number, clientId, at, `${clientId}${at}`],
    );
  await insert(10_000, client.id, '2024-01-01T00:00:00Z');
  const shown = async () => {
    const page = await browser.get('/account/applications');
    return [rowsOf(page)[0]?.[4], /among your last 10,000 calls/.test(textOf(page))];
  };
  assert.deepEqual(await shown(), ['10,000', false]);
  await insert(1, 'another', '2025-01-01T00:00:00Z');
  assert.deepEqual(await shown(), ['10,000+', true]);
  await insert(9_000, 'another', '2025-01-02T00:00:00Z');
  assert.deepEqual(await shown(), ['1,000+', true]);
});
