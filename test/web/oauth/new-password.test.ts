import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, PASSWORD } from '../../harness/people.ts';
import {
  addPerson,
  authorizationUrl,
  callStatus,
  configure,
  isActive,
  obtainTokens,
  refresh,
  refusal,
} from './modern-walk.ts';

const app = await startApp();
const config = await configure(app, await addModernClient(app));

test('a new password ends the sessions and tokens of the old one; grants stay', async () => {
  const anna = await addPerson(app, 'anna');
  const bert = await addPerson(app, 'bert');
  const annas = await obtainTokens(config, anna);
  const berts = await obtainTokens(config, bert);

  await app.users.setPassword(anna.name, { password: `${PASSWORD} and more` }, COMMAND_LINE);

  assert.equal(await callStatus(app, annas.access), 401);
  assert.equal(await isActive(config, annas.access), false);
  await assert.rejects(refresh(config, annas.refresh), refusal('invalid_grant'));
  const signInPage = await anna.browser.follow((await authorizationUrl(config)).url.href);
  assert.equal(signInPage.json()['prompt'], 'login');
  assert.deepEqual(
    await app.sql(`SELECT scopes FROM grants g JOIN users u ON u.id = g.user_id WHERE u.name = 'anna'`),
    [{ scopes: ['call'] }],
  );

  assert.equal(await callStatus(app, berts.access), 200);
});
