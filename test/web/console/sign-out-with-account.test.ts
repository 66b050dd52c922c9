import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { PASSWORD } from '../../harness/people.ts';
import { type Administrator, addSignedIn, SENDS_FORM } from './console.ts';

const app = await startApp();

const doors: Readonly<Record<string, (administrator: Administrator) => Promise<unknown>>> = {
  'My account': ({ send }) => send('/sign-out'),
  '/auth/logout': ({ send }) => send('/auth/logout'),
  'the end session endpoint': ({ send }) => send('/oauth/end_session/answer', { sign_out: 'true' }),
};

for (const [index, [door, signOut]] of Object.entries(doors).entries()) {
  test(`a sign-out by ${door} also ends the console session of the browser, and records both`, async () => {
    const ada = await addSignedIn(app, `ada${index}`);
    await ada.send('/sign-in', { username: ada.name, password: PASSWORD });
    const kept = ada.browser.cookiesFor('/');
    assert.equal((await ada.open('/console')).status, 200);
    await signOut(ada);
    assert.doesNotMatch(ada.browser.cookiesFor('/'), /clicktocall_console=/);
    const copy = await fetch(`${app.url}/console`, { headers: { cookie: kept }, redirect: 'manual' });
    assert.equal(copy.status, 303);
    const acts = await app.sql(
      `SELECT actor FROM audit_log a JOIN users u ON u.id = a.user_id
        WHERE u.name = $1 AND action = 'signedOut' ORDER BY actor`,
      [ada.name],
    );
    assert.deepEqual(acts, [{ actor: 'administrator' }, { actor: 'user' }]);
  });
}

test('a console session without a session of My account ends, too', async () => {
  const ada = await addSignedIn(app, 'alone');
  await ada.browser.post('/sign-out', {}, SENDS_FORM);
  assert.equal((await ada.open('/console')).status, 303);
});

test('a console session in another browser stays', async () => {
  const ada = await addSignedIn(app, 'two');
  const other = await addSignedIn(app, 'three');
  await other.send('/sign-out');
  assert.equal((await ada.open('/console')).status, 200);
});
