import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { createPasswordHasher } from '../../src/core/people/password-hasher.ts';
import { endSessionsAndTokens, updatePassword } from '../../src/core/people/user-store.ts';
import { startApp } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { waitsOrEnds } from '../harness/lock-wait.ts';
import { addModernClient, addUser, PASSWORD } from '../harness/people.ts';
import { visitor } from '../web/account/visitor.ts';
import { atBrowser, leadsTo, signIn } from '../web/console/console.ts';
import { addPerson, authorizationUrl, configure } from '../web/oauth/modern-walk.ts';

const app = await startApp();
const config = await configure(app, await addModernClient(app));
const NEW = 'a better horse';

/** Sends a form that was begun before the password is reset, and got no further than to the check of the old one. */
async function whileReset(name: string, send: () => Promise<Answer>): Promise<Answer> {
  const passwordHash = await createPasswordHasher().admit({ kind: 'administrator', id: 'rosa' }, ({ hash }) =>
    hash(NEW),
  );
  const lock = { name: 'test_lock', text: 'SELECT id FROM users WHERE name = $1 FOR NO KEY UPDATE' };
  let sent: Promise<Answer> | undefined;
  await app.database.transaction(async (tx) => {
    const [user] = await tx.query<{ id: string }>(lock, [name]);
    await updatePassword(tx, user?.id ?? '', { passwordHash, changeRequired: false });
    await endSessionsAndTokens(tx, user?.id ?? '');
    sent = send();
    await waitsOrEnds(app, sent);
  });
  return sent as Promise<Answer>;
}

const sessionsOf = (name: string) =>
  app.sql(
    `SELECT 'app' AS of FROM artifacts a JOIN users u ON u.id = a.user_id WHERE u.name = $1 AND a.model = 'Session'
     UNION ALL SELECT 'console' FROM console_sessions s JOIN users u ON u.id = s.user_id WHERE u.name = $1`,
    [name],
  );

suite('a sign-in by the old password, while it is being reset', () => {
  test('starts no session of the console', async () => {
    await addUser(app, 'ada', { administrator: true });
    const ada = atBrowser(app, 'ada');
    const answer = await whileReset('ada', () => signIn(ada));
    assert.equal(answer.status, 403, answer.text);
    assert.deepEqual(await sessionsOf('ada'), []);
    assert.equal(leadsTo(await ada.open('/console')), '/console/sign-in');
    assert.equal((await signIn(ada, { password: NEW })).status, 303);
  });

  test('starts no session of My account', async () => {
    await addUser(app, 'anna');
    const browser = new Browser(app.url);
    const form = { username: 'anna', password: PASSWORD };
    const answer = await whileReset('anna', () => browser.post('/sign-in', form));
    assert.equal(answer.status, 403, answer.text);
    assert.deepEqual(await sessionsOf('anna'), []);
    assert.notEqual((await browser.get('/account')).status, 200);
  });

  test('authorizes no application', async () => {
    const { browser } = await addPerson(app, 'bert');
    const { location } = await browser.get((await authorizationUrl(config)).url.href);
    const form = { username: 'bert', password: PASSWORD };
    const answer = await whileReset('bert', () => browser.post(location, form));
    assert.equal(answer.status, 403, answer.text);
    const uid = location.split('/').at(-1);
    const resumed = await browser.follow(`${app.url}/oauth/authorize/${uid}`);
    assert.notEqual(resumed.json()['prompt'], 'consent');
    assert.deepEqual(await sessionsOf('bert'), []);
  });

  test('cannot change the password', async () => {
    await addUser(app, 'carl');
    const browser = await visitor(app, 'carl');
    const form = { current_password: PASSWORD, new_password: 'the thief’s own' };
    const answer = await whileReset('carl', () => browser.post('/account/security/password', form));
    assert.equal(answer.status, 403, answer.text);
    assert.deepEqual(await sessionsOf('carl'), []);
    assert.equal(
      (await new Browser(app.url).post('/sign-in', { username: 'carl', password: NEW })).status,
      303,
    );
  });
});

test('a password reset ends an unfinished sign-in for an application', async () => {
  const { browser } = await addPerson(app, 'dora');
  const { location } = await browser.get((await authorizationUrl(config)).url.href);
  const answer = await browser.post(location, { username: 'dora', password: PASSWORD });
  assert.equal(answer.status, 303, answer.text);
  await app.users.setPassword('dora', { password: NEW }, COMMAND_LINE);
  assert.notEqual((await browser.follow(answer.location)).status, 200);
  assert.deepEqual(await sessionsOf('dora'), []);
});
