import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, PASSWORD } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import {
  cookiesOf,
  credentials,
  fragmentOf,
  isSignedIn,
  parametersOf,
  signedInBrowser,
  withQuery,
} from './flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
await addUser(app, 'bert');
const parameters = parametersOf(client, 'code');

function sessions(): Promise<Record<string, unknown>[]> {
  return app.sql(`SELECT id FROM artifacts WHERE model = 'Session' ORDER BY id`);
}

async function isSignedInBy(cookie: string): Promise<boolean> {
  const answer = await request(app, 'GET', withQuery('/auth/login', parameters), { cookie });
  return answer.status === 303;
}

suite('a sign-in that is refused', () => {
  const refusals = {
    'the password is wrong': { username: 'anna', password: 'correct horsf' },
    'the password has other letters': { username: 'anna', password: PASSWORD.toUpperCase() },
    'nobody has the name': { username: 'nobody', password: PASSWORD },
  };
  for (const [why, sent] of Object.entries(refusals)) {
    test(`403 when ${why}, without saying which it was, and no session`, async () => {
      const before = await sessions();
      const browser = new Browser(app.url);
      const answer = await browser.post('/auth/login', { ...parameters, ...sent });
      assert.equal(answer.status, 403);
      assert.deepEqual(answer.json(), {
        error: 'credentials_refused',
        message: 'The user name or the password is wrong.',
      });
      assert.equal(answer.location, '');
      assert.equal(await isSignedIn(browser, client), false);
      assert.deepEqual(await sessions(), before);
    });
  }

  test('403 when the user is disabled, in the same words', async () => {
    await addUser(app, 'carl');
    await app.users.setDisabled('carl', true, COMMAND_LINE);
    const answer = await new Browser(app.url).post('/auth/login', { ...parameters, ...credentials('carl') });
    assert.equal(answer.status, 403);
    assert.equal(answer.json()['error'], 'credentials_refused');
  });

  test('keeps the existing session', async () => {
    const browser = await signedInBrowser(app, client, 'anna');
    await browser.post('/auth/login', { ...parameters, username: 'bert', password: 'wrong' });
    assert.equal(await isSignedIn(browser, client), true);
  });

  test('shows a browser the form again, with status 403 and what was wrong', async () => {
    const answer = await new Browser(app.url).post(
      '/auth/login',
      { ...parameters, username: 'anna', password: 'wrong' },
      { accept: 'text/html' },
    );
    assert.equal(answer.status, 403);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(answer.text, /role="alert">The user name or the password is wrong\./);
    assert.match(answer.text, /<form method="post" action="\/auth\/login"/);
  });
});

test('a name is the same in capital letters', async () => {
  const answer = await new Browser(app.url).post('/auth/login', { ...parameters, ...credentials('ANNA') });
  assert.equal(answer.status, 303);
});

test('a signed-in browser is redirected to the grant page with 303 and the same parameters', async () => {
  const browser = await signedInBrowser(app, client, 'anna');
  const carriedParameters = parametersOf(client, 'token', { state: 'x1' });
  const answer = await browser.get(withQuery('/auth/login', carriedParameters));
  assert.equal(answer.status, 303);
  assert.equal(answer.location, app.url + withQuery('/auth/grant', carriedParameters));
});

test('the session cookie is out of reach of scripts and of other sites’ forms', async () => {
  const answer = await new Browser(app.url).post('/auth/login', { ...parameters, ...credentials('anna') });
  const line = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('clicktocall=')) ?? '';
  assert.match(line, /; httponly/i);
  assert.match(line, /; samesite=lax/i);
  assert.match(line, /; path=\//i);
});

suite('two users on one browser', () => {
  test('the second sign-in replaces the first: what is granted then is the second user’s', async () => {
    const browser = await signedInBrowser(app, client, 'anna');
    await browser.post('/auth/login', { ...parameters, ...credentials('bert') });
    const granted = await browser.post('/auth/grant', { ...parametersOf(client, 'token'), grant: 'true' });
    assert.ok(fragmentOf(granted.location).get('access_token'));
    const [row] = await app.sql(
      'SELECT array_agg(u.name) AS names FROM access_tokens t JOIN users u ON u.id = t.user_id',
    );
    assert.deepEqual(row?.['names'], ['bert']);
  });

  test('the first session has ended, even for a copy of its cookie', async () => {
    const browser = new Browser(app.url);
    const first = await browser.post('/auth/login', { ...parameters, ...credentials('anna') });
    assert.equal(await isSignedInBy(cookiesOf(first)), true);
    const second = await browser.post('/auth/login', { ...parameters, ...credentials('bert') });
    assert.equal(await isSignedInBy(cookiesOf(second)), true);
    assert.equal(await isSignedInBy(cookiesOf(first)), false);
  });
});

suite('a session id planted before the sign-in', () => {
  test('is not the one that is signed in (session fixation)', async () => {
    const before = new Set((await sessions()).map(({ id }) => id));
    const planted = { cookie: 'clicktocall=planted; clicktocall.sig=planted' };
    const answer = await new Browser(app.url).post(
      '/auth/login',
      { ...parameters, ...credentials('anna') },
      planted,
    );
    assert.equal(answer.status, 303);
    assert.doesNotMatch(cookiesOf(answer), /planted/);
    assert.equal(await isSignedInBy(cookiesOf(answer)), true);
    assert.equal((await sessions()).filter(({ id }) => !before.has(id)).length, 1);
    assert.equal(await isSignedInBy(planted.cookie), false);
  });

  test('nor is one that the attacker got from the server', async () => {
    const attacker = new Browser(app.url);
    const answer = await attacker.post('/auth/login', { ...parameters, ...credentials('bert') });
    const cookie = cookiesOf(answer);
    assert.equal(await isSignedInBy(cookie), true);

    const victim = await new Browser(app.url).post(
      '/auth/login',
      { ...parameters, ...credentials('anna') },
      { cookie },
    );
    assert.equal(victim.status, 303);
    assert.equal(await isSignedInBy(cookiesOf(victim)), true);
    assert.equal(await isSignedInBy(cookie), false);
  });
});

test('a user who is disabled while signed in can no longer grant', async () => {
  await addUser(app, 'dora');
  const browser = await signedInBrowser(app, client, 'dora');
  await app.users.setDisabled('dora', true, COMMAND_LINE);
  const answer = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
  assert.equal(answer.location, app.url + withQuery('/auth/login', parameters));
  const [row] =
    await app.sql(`SELECT count(*)::integer AS count FROM grants g JOIN users u ON u.id = g.user_id
                                WHERE u.name = 'dora'`);
  assert.equal(row?.['count'], 0);
});
