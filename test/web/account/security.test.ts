import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addModernClient, addUser, PASSWORD } from '../../harness/people.ts';
import { addPerson, callStatus, configure, obtainTokens, refresh, refusal } from '../oauth/modern-walk.ts';
import { visitor } from './visitor.ts';

const app = await startApp();
const config = await configure(app, await addModernClient(app));
const HTML = { accept: 'text/html' };
const NEW = 'a better horse';
const CHANGE = '/account/security/password';

const isSignedIn = async (browser: Browser) => (await browser.get('/account')).status === 200;
const acts = async (name: string) =>
  (
    await app.sql<{ action: string }>(
      `SELECT action FROM audit_log WHERE actor = 'user' AND user_id = (SELECT id FROM users WHERE name = $1)
          AND action IN ('passwordChanged', 'signedOutEverywhere')`,
      [name],
    )
  ).map(({ action }) => action);

test('a changed password ends other sessions and all tokens, and leaves this browser signed in', async () => {
  const anna = await addPerson(app, 'anna');
  const tokens = await obtainTokens(config, anna);
  const [here, elsewhere] = [await visitor(app, 'anna'), await visitor(app, 'anna')];
  const before = here.cookiesFor('/account');

  const answer = await here.post(CHANGE, { current_password: PASSWORD, new_password: NEW });
  assert.deepEqual([answer.status, answer.location], [303, `${app.url}/account/security?done=password`]);
  assert.match((await here.get(answer.location)).text, /role="status">Your password is changed\./);
  assert.equal(await isSignedIn(here), true);
  assert.notEqual(here.cookiesFor('/account'), before, 'by a session of its own');
  assert.equal(await isSignedIn(elsewhere), false);
  assert.equal(await callStatus(app, tokens.access), 401);
  await assert.rejects(refresh(config, tokens.refresh), refusal('invalid_grant'));

  assert.equal(await isSignedIn(await visitor(app, 'anna', NEW)), true);
  const old = await new Browser(app.url).post('/sign-in', { username: 'anna', password: PASSWORD });
  assert.equal(old.status, 403);
  assert.deepEqual(await acts('anna'), ['passwordChanged']);
});

test('changing the password requires the current one', async () => {
  await addUser(app, 'bert');
  const browser = await visitor(app, 'bert');
  const answer = await browser.post(CHANGE, { current_password: 'wrong', new_password: NEW }, HTML);
  assert.equal(answer.status, 403);
  assert.match(answer.text, /role="alert">The current password is wrong\./);
  assert.match(answer.text, /action="\/account\/security\/password"/);
  assert.equal(await isSignedIn(await visitor(app, 'bert')), true);
  assert.deepEqual(await acts('bert'), []);
});

test('guesses of the current password are slowed down like those at sign-in', async () => {
  await addUser(app, 'carl');
  const browser = await visitor(app, 'carl');
  const wrong = { current_password: 'wrong', new_password: NEW };
  for (let guess = 0; guess < 10; guess++) assert.equal((await browser.post(CHANGE, wrong)).status, 403);
  const refused = await browser.post(CHANGE, { current_password: PASSWORD, new_password: NEW });
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
});

for (const [what, length, status] of [
  ['seven characters are too few', 7, 400],
  ['eight are enough', 8, 303],
  ['1024 are not too many', 1024, 303],
  ['1025 are', 1025, 400],
] as const) {
  test(`of a new password ${what}`, async () => {
    const name = `length${length}`;
    await addUser(app, name);
    const browser = await visitor(app, name);
    const passwords = { current_password: PASSWORD, new_password: 'x'.repeat(length) };
    const answer = await browser.post(CHANGE, passwords, HTML);
    assert.equal(answer.status, status, answer.text);
    if (status === 400)
      assert.match(answer.text, /role="alert">The new password must have 8 to 1024 characters\./);
  });
}

test('signing out everywhere ends all sessions and leaves what was allowed', async () => {
  const dora = await addPerson(app, 'dora');
  const tokens = await obtainTokens(config, dora);
  const [here, elsewhere] = [await visitor(app, 'dora'), await visitor(app, 'dora')];
  await addUser(app, 'emma');
  const emma = await visitor(app, 'emma');

  const answer = await here.post('/account/security/sign-out-everywhere');
  assert.deepEqual([answer.status, answer.location], [303, `${app.url}/signed-out`]);
  for (const browser of [here, elsewhere, dora.browser]) assert.equal(await isSignedIn(browser), false);
  assert.equal(await isSignedIn(emma), true);
  assert.equal(await callStatus(app, tokens.access), 200);
  assert.deepEqual(await acts('dora'), ['signedOutEverywhere']);
});
