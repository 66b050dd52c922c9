import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addModernClient, bearer, PASSWORD } from '../../harness/people.ts';
import {
  addPerson,
  authorizationUrl,
  authorize,
  callStatus,
  configure,
  isActive,
  obtainTokens,
  redeem,
  refresh,
  refusal,
} from './modern-walk.ts';

const app = await startApp();
const config = await configure(app, await addModernClient(app));

test("a disabled user's access token is refused at once, and inactive", async () => {
  const anna = await addPerson(app, 'anna', { administrator: true });
  const { access } = await obtainTokens(config, anna, 'call admin');
  await app.users.setDisabled(anna.name, true, COMMAND_LINE);
  assert.equal(await callStatus(app, access), 401);
  assert.equal((await fetch(`${app.url}/admin/users`, { headers: bearer(access) })).status, 401);
  assert.equal(await isActive(config, access), false);
});

test("a disabled user's refresh token is refused, and inactive", async () => {
  const ben = await addPerson(app, 'ben');
  const tokens = await obtainTokens(config, ben);
  await app.users.setDisabled(ben.name, true, COMMAND_LINE);
  await assert.rejects(refresh(config, tokens.refresh), refusal('invalid_grant'));
  assert.equal(await isActive(config, tokens.refresh), false);
});

test("a disabled user's code is refused", async () => {
  const carl = await addPerson(app, 'carl');
  const authorized = await authorize(config, carl);
  await app.users.setDisabled(carl.name, true, COMMAND_LINE);
  await assert.rejects(redeem(config, authorized), refusal('invalid_grant'));
});

test('a disabled user cannot sign in, and gets the error of a wrong password', async () => {
  const dora = await addPerson(app, 'dora');
  await app.users.setDisabled(dora.name, true, COMMAND_LINE);
  const { url } = await authorizationUrl(config);
  const { location } = await dora.browser.get(url.href);
  const right = await dora.browser.post(location, { username: dora.name, password: PASSWORD });
  const wrong = await dora.browser.post(location, { username: dora.name, password: 'wrong' });
  assert.equal(right.status, 403);
  assert.equal(right.text, wrong.text);
});

test('a session of a disabled user gets no code, and cannot send the consent form', async () => {
  const emma = await addPerson(app, 'emma');
  await authorize(config, emma);
  const { url } = await authorizationUrl(config, { prompt: 'consent' });
  const consent = await emma.browser.get(url.href);
  await app.users.setDisabled(emma.name, true, COMMAND_LINE);

  const answered = await emma.browser.post(consent.location, { grant: 'true' });
  const last = answered.location === '' ? answered : await emma.browser.follow(answered.location);
  assert.doesNotMatch(last.location, /code=/);

  // The session is worth nothing, so the person is asked to sign in.
  const signInPage = await emma.browser.follow((await authorizationUrl(config)).url.href);
  assert.doesNotMatch(signInPage.location, /code=/);
  assert.equal(signInPage.status, 200, signInPage.text);
  assert.equal(signInPage.json()['prompt'], 'login');
});

test('a user who is enabled again can sign in again', async () => {
  const fritz = await addPerson(app, 'fritz');
  await app.users.setDisabled(fritz.name, true, COMMAND_LINE);
  await app.users.setDisabled(fritz.name, false, COMMAND_LINE);
  const { access } = await obtainTokens(config, { ...fritz, browser: new Browser(app.url) });
  assert.equal(await callStatus(app, access), 200);
});
