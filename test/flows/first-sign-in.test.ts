import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { actsOf } from '../core/audit/acts.ts';
import { startApp, startNode } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { waitingForLocks } from '../harness/lock-wait.ts';
import { addClassicClient, addModernClient, classicToken, PASSWORD } from '../harness/people.ts';
import { createTestClock } from '../harness/test-clock.ts';
import { until } from '../harness/until.ts';
import { visitor } from '../web/account/visitor.ts';
import { addAdministrator } from '../web/admin-api/administrator.ts';
import { withQuery } from '../web/classic/flow.ts';
import { addSignedIn, atBrowser, leadsTo, signIn } from '../web/console/console.ts';
import { addTotp } from '../web/console/second-factors.ts';
import { age, authorizationUrl, callStatus, configure, walk } from '../web/oauth/modern-walk.ts';

const clock = createTestClock(new Date());
const app = await startApp({}, clock);
const classic = await addClassicClient(app);
const config = await configure(app, await addModernClient(app));
const ada = await addSignedIn(app, 'ada');

const HTML = { accept: 'text/html' };
const NEW = 'a better horse';
const CHOSEN = { new_password: NEW, repeat_password: NEW };

/** A user whose password someone else has set, to be changed at the first sign-in. */
const addGiven = (name: string, given: { administrator?: boolean } = {}) =>
  app.users.addUser(
    { name, password: PASSWORD, maxOngoingCalls: 2, passwordChangeRequired: true, ...given },
    COMMAND_LINE,
  );
const isRequired = async (name: string) => (await app.users.findUser(name)).passwordChangeRequired;
const sessionsOf = (name: string) =>
  app.sql(
    `SELECT 'app' AS of FROM artifacts a JOIN users u ON u.id = a.user_id
      WHERE u.name = $1 AND a.model IN ('Session', 'Interaction')
     UNION ALL SELECT 'console' FROM console_sessions s JOIN users u ON u.id = s.user_id WHERE u.name = $1`,
    [name],
  );
const begin = (browser: Browser, name: string, form: Record<string, string> = {}) =>
  browser.post('/sign-in', { username: name, password: PASSWORD, ...form }, HTML);
const assertSignedIn = async (browser: Browser, path = '/account') =>
  assert.equal((await browser.get(path, HTML)).status, 200);

suite('in My account', () => {
  test('a person chooses a new password, and is then signed in where they wanted to go', async () => {
    await addGiven('anna');
    const browser = new Browser(app.url);
    const first = await begin(browser, 'anna', { return_to: '/account/history' });
    assert.equal(leadsTo(first), '/sign-in/new-password?return_to=%2Faccount%2Fhistory');
    assert.deepEqual(await sessionsOf('anna'), []);
    assert.equal((await browser.get('/account')).status, 303);

    const page = await browser.get(first.location, HTML);
    assert.equal(page.status, 200);
    assert.match(page.text, /Someone else set the password of <strong>anna<\/strong>/);
    assert.match(page.text, /At least 8 characters, not a common password, and not the user name\./);
    assert.equal(page.headers.get('cache-control'), 'no-store');
    const acts = await actsOf(app, async () => {
      assert.equal(leadsTo(await browser.post(first.location, CHOSEN, HTML)), '/account/history');
    });
    assert.deepEqual(
      acts.map(({ actor, action }) => [actor, action]),
      [
        ['user', 'passwordChanged'],
        ['user', 'signedIn'],
      ],
    );
    await assertSignedIn(browser);
    assert.equal(await isRequired('anna'), false);

    assert.equal(
      (await begin(new Browser(app.url), 'anna')).status,
      403,
      'the old password is no longer right',
    );
    await visitor(app, 'anna', NEW);
  });

  for (const [what, form, message] of [
    [
      'another one the second time',
      { ...CHOSEN, repeat_password: 'a better hose' },
      /The two new passwords differ/,
    ],
    [
      'the old one',
      { new_password: PASSWORD, repeat_password: PASSWORD },
      /must differ from the current one/,
    ],
    ['a common one', { new_password: 'iloveyou', repeat_password: 'iloveyou' }, /most common ones/],
    ['none', { new_password: '', repeat_password: '' }, /8 to 1024 characters/],
  ] as const) {
    test(`who enters ${what} sees why, and can try again`, async () => {
      const name = `tries-${what.replaceAll(' ', '-')}`;
      await addGiven(name);
      const browser = new Browser(app.url);
      const { location } = await begin(browser, name);
      const refused = await browser.post(location, form, HTML);
      assert.equal(refused.status, 400);
      assert.match(refused.text, new RegExp(`role="alert">[^<]*${message.source}`));
      assert.doesNotMatch(refused.text, /value="(correct horse|a better|iloveyou)/);
      assert.deepEqual(await sessionsOf(name), []);
      assert.equal(leadsTo(await browser.post(location, CHOSEN, HTML)), '/account');
    });
  }

  test('the page works for ten minutes', async () => {
    await addGiven('late');
    const browser = new Browser(app.url);
    const { location } = await begin(browser, 'late');
    clock.advance(10 * 60_000);
    assert.equal(leadsTo(await browser.get(location, HTML)), '/sign-in?return_to=%2Faccount');
    const expired = await browser.post(location, CHOSEN, HTML);
    assert.equal(expired.status, 400);
    assert.match(expired.text, /<h1>This page has expired<\/h1>/);
    assert.match(expired.text, /href="\/sign-in\?return_to&#61;%2Faccount">Sign in</);
    assert.equal(await isRequired('late'), true);
    assert.equal(leadsTo(await browser.post((await begin(browser, 'late')).location, CHOSEN)), '/account');
  });

  test('the page works once: "back" leads on, and the form says that it was used', async () => {
    await addGiven('back');
    const browser = new Browser(app.url);
    const { location } = await begin(browser, 'back');
    assert.equal((await browser.post(location, CHOSEN)).status, 303);
    assert.equal(leadsTo(await browser.get(location, HTML)), '/sign-in?return_to=%2Faccount');
    assert.equal(leadsTo(await browser.get('/sign-in?return_to=%2Faccount', HTML)), '/account');
    const again = { new_password: 'the best horse', repeat_password: 'the best horse' };
    const used = await browser.post(location, again, HTML);
    assert.equal(used.status, 400);
    assert.match(used.text, /already used.*If you have already chosen a new password, sign in with it\./s);
    await visitor(app, 'back', NEW);
  });

  test('of two forms sent at once one sets the password, and the other says that the page was used', async () => {
    await addGiven('twice');
    const browser = new Browser(app.url);
    const { location } = await begin(browser, 'twice');
    let sent: Promise<Answer>[] = [];
    await app.database.transaction(async (tx) => {
      const text = `SELECT 1 AS one FROM users WHERE name = 'twice' FOR UPDATE`;
      await tx.query({ name: 'hold_twice', text }, []);
      sent = [browser.post(location, CHOSEN, HTML), browser.post(location, CHOSEN, HTML)];
      await until('both forms wait', async () => (await waitingForLocks(app)) === 2);
    });
    const answers = await Promise.all(sent);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 400]);
    const used = answers.find(({ status }) => status === 400);
    assert.match(used?.text ?? '', /<h1>This page has expired<\/h1>.*already used/s);
    await visitor(app, 'twice', NEW);
  });

  test('a ticket that was used in one browser is worthless in another, also on another node', async () => {
    await addGiven('copied');
    const browser = new Browser(app.url);
    const { location } = await begin(browser, 'copied');
    const copy = new Browser(app.url);
    for (const cookie of browser.cookiesFor('/').split('; ')) copy.keep(cookie);
    const node = await startNode(app);
    assert.equal((await browser.post(location.replace(app.url, node.url), CHOSEN)).status, 303);
    assert.equal((await copy.post(location, CHOSEN, HTML)).status, 400);
  });

  test('a new password from an administrator ends the step', async () => {
    await addGiven('reset');
    const browser = new Browser(app.url);
    const { location } = await begin(browser, 'reset');
    const given = { password: 'another given one', changeRequired: true };
    await app.users.setPassword('reset', given, COMMAND_LINE);
    assert.equal((await browser.post(location, CHOSEN, HTML)).status, 400);
  });

  test('a disabled user cannot finish the step', async () => {
    await addGiven('gone');
    const browser = new Browser(app.url);
    const { location } = await begin(browser, 'gone');
    await app.users.setDisabled('gone', true, COMMAND_LINE);
    assert.equal((await browser.post(location, CHOSEN, HTML)).status, 400);
  });

  test('the page is not for those without a ticket, with a forged one, or with one of another sign-in', async () => {
    await addGiven('forged', { administrator: true });
    const browser = atBrowser(app, 'forged').browser;
    await browser.post('/console/sign-in', { username: 'forged', password: PASSWORD });
    for (const each of [new Browser(app.url), browser]) {
      assert.equal(leadsTo(await each.get('/sign-in/new-password', HTML)), '/sign-in?return_to=%2Faccount');
      assert.equal((await each.post('/sign-in/new-password', CHOSEN, HTML)).status, 400);
    }
    const forged = await fetch(`${app.url}/sign-in/new-password`, {
      headers: { cookie: `${browser.cookiesFor('/').replace(/new_password=./, 'new_password=x')}` },
      redirect: 'manual',
    });
    assert.equal(forged.status, 303);
    assert.equal(await isRequired('forged'), true);
  });

  test('another site can neither send the form nor lead elsewhere with it', async () => {
    await addGiven('safe');
    const browser = new Browser(app.url);
    const { location } = await begin(browser, 'safe');
    const crossSite = await browser.post(location, CHOSEN, { 'sec-fetch-site': 'cross-site' });
    assert.equal(crossSite.status, 403);
    const elsewhere = '/sign-in/new-password?return_to=https%3A%2F%2Fevil.example%2Faccount';
    assert.equal(leadsTo(await browser.post(elsewhere, CHOSEN)), '/account');
  });

  test('a wrong password asks for nothing new, and is counted as always', async () => {
    await addGiven('guessed');
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++)
      statuses.push((await begin(new Browser(app.url), 'guessed', { password: 'wrong' })).status);
    assert.deepEqual(statuses, [...new Array(10).fill(403), 429]);
    await app.sql('DELETE FROM sign_in_attempts');
  });
});

suite('in the sign-in for an application', () => {
  test('a person chooses a new password, and then decides about the application', async () => {
    await addGiven('otto');
    const browser = new Browser(app.url);
    const { location } = await browser.get((await authorizationUrl(config)).url.href);
    const first = await browser.post(location, { username: 'otto', password: PASSWORD }, HTML);
    assert.equal(first.location, `${location}/new-password`);
    assert.deepEqual(await sessionsOf('otto'), []);
    const refused = await browser.post(first.location, { ...CHOSEN, repeat_password: 'other' }, HTML);
    assert.match(refused.text, /role="alert">The two new passwords differ/);
    const onward = await browser.post(first.location, CHOSEN, HTML);
    const { callback } = await walk({ name: 'otto', browser }, onward.location);
    assert.ok(callback.searchParams.get('code'), callback.href);
    await assertSignedIn(browser);
  });

  test('an interaction that is over changes no password', async () => {
    await addGiven('olga');
    const browser = new Browser(app.url);
    const { location } = await browser.get((await authorizationUrl(config)).url.href);
    const first = await browser.post(location, { username: 'olga', password: PASSWORD });
    await app.sql(`DELETE FROM artifacts WHERE model = 'Interaction'`);
    const lost = await browser.post(first.location, CHOSEN, HTML);
    assert.equal(lost.status, 400);
    assert.equal(await isRequired('olga'), true);
  });

  test('the form of an interaction that has expired leads on, as the page of the interaction does', async () => {
    await addGiven('oscar');
    const browser = new Browser(app.url);
    const { location } = await browser.get((await authorizationUrl(config)).url.href);
    const first = await browser.post(location, { username: 'oscar', password: PASSWORD });
    await age(app, 'Interaction', 3616);
    const lost = await browser.post(first.location, CHOSEN, HTML);
    assert.equal(lost.status, 400);
    assert.match(lost.text, /<h1>This sign-in has expired<\/h1>/);
    assert.match(lost.text, /<a class="button" href="\/oauth\/authorize\?[^"]*">Continue with Modern<\/a>/);
  });
});

suite('in the console', () => {
  test('an administrator chooses a new password, and is then in the console', async () => {
    await addGiven('carla', { administrator: true });
    const carla = atBrowser(app, 'carla');
    const first = await signIn(carla, { return_to: '/console/users' });
    assert.equal(leadsTo(first), '/console/sign-in/new-password?return_to=%2Fconsole%2Fusers');
    assert.deepEqual(await sessionsOf('carla'), []);
    assert.equal((await carla.open('/console')).status, 303);
    const acts = await actsOf(app, async () => {
      assert.equal(leadsTo(await carla.send(leadsTo(first), CHOSEN)), '/console/users');
    });
    assert.deepEqual(
      acts.map(({ actor, action }) => [actor, action]),
      [
        ['user', 'passwordChanged'],
        ['administrator', 'signedIn'],
      ],
    );
    assert.equal((await carla.open('/console')).status, 200);
  });

  test('the second factor comes after the new password', async () => {
    const dora = await addSignedIn(app, 'dora');
    const phone = await addTotp(dora, clock);
    const given = { password: 'given by another', changeRequired: true };
    await app.users.setPassword('dora', given, COMMAND_LINE);
    const again = atBrowser(app, 'dora');
    const first = await signIn(again, { password: given.password });
    assert.equal(leadsTo(first), '/console/sign-in/new-password');
    assert.equal(leadsTo(await again.send(leadsTo(first), CHOSEN)), '/console');
    assert.equal(leadsTo(await again.open('/console')), '/console/second-factor');
    assert.equal(
      leadsTo(await again.send('/console/second-factor/code', { code: phone.code() })),
      '/console',
    );
    assert.equal((await again.open('/console')).status, 200);
  });

  test('the form for a new user asks for the change unless it is cleared', async () => {
    const page = await ada.open('/console/new-user');
    assert.match(page.text, /name="change_required" value="true" type="checkbox"[^>]* checked/);
    const user = { password: PASSWORD, limit: '1' };
    await ada.send('/console/new-user', { ...user, name: 'ticked', change_required: 'true' });
    await ada.send('/console/new-user', { ...user, name: 'cleared' });
    assert.deepEqual([await isRequired('ticked'), await isRequired('cleared')], [true, false]);
    assert.match((await ada.open('/console/users/ticked')).text, /must be changed at the next sign-in/);
    const refused = await ada.send('/console/new-user', { ...user, name: 'ticked' });
    assert.doesNotMatch(
      refused.text,
      /name="change_required"[^>]* checked/,
      'a refused form keeps the choice',
    );
  });

  test('so does the form that resets a password, but not for one’s own', async () => {
    const page = await ada.open('/console/users/cleared');
    assert.match(page.text, /name="change_required" value="true" type="checkbox"[^>]* checked/);
    const own = await ada.open('/console/users/ada');
    assert.doesNotMatch(own.text, /name="change_required"[^>]* checked/);
    const path = '/console/users/cleared/password';
    const refused = await ada.send(path, { password: 'short' });
    assert.doesNotMatch(refused.text, /name="change_required"[^>]* checked/);
    await ada.send(path, { password: 'given by ada', change_required: 'true' });
    assert.equal(await isRequired('cleared'), true);
    await ada.send(path, { password: 'given by ada' });
    assert.equal(await isRequired('cleared'), false);
  });
});

suite('the classic flow', () => {
  const authorization = {
    client_id: classic.id,
    response_type: 'token',
    redirect_uri: classic.redirectUri,
    scope: 'call',
  };

  test('signs in with the password as it always did', async () => {
    await addGiven('clara');
    const token = await classicToken(app, classic, 'clara');
    assert.equal(await callStatus(app, token), 200);
    assert.equal(await isRequired('clara'), true);
    const acts = await actsOf(app, async () => {
      const form = { ...authorization, username: 'clara', password: PASSWORD };
      const browser = new Browser(app.url);
      assert.equal((await browser.post('/auth/login', form)).status, 303);
      const granted = await browser.get(withQuery('/auth/grant', authorization));
      assert.match(granted.location, /#access_token=/);
    });
    assert.ok(acts.some(({ action }) => action === 'signedIn'));
  });

  /** A browser that is signed in by the classic flow, with a password that must be changed. */
  async function signedInByClassic(name: string): Promise<Browser> {
    await addGiven(name);
    const browser = new Browser(app.url);
    const form = { ...authorization, username: name, password: PASSWORD };
    assert.equal((await browser.post('/auth/login', form)).status, 303);
    return browser;
  }

  test('its session opens My account only after a new password', async () => {
    const browser = await signedInByClassic('cora');
    assert.equal(leadsTo(await browser.get('/account', HTML)), '/sign-in?return_to=%2Faccount');
    assert.equal((await browser.get('/sign-in', HTML)).status, 200);
    assert.equal((await browser.post('/account/security/sign-out-everywhere', {}, HTML)).status, 303);
    const { location } = await begin(browser, 'cora');
    assert.equal(leadsTo(await browser.post(location, CHOSEN)), '/account');
    await assertSignedIn(browser);
  });

  test('its session authorizes a modern client only after a new password', async () => {
    const browser = await signedInByClassic('cilli');
    const asked = (await authorizationUrl(config, { prompt: 'none' })).url.href;
    const silent = await browser.get(asked);
    assert.equal(new URL(silent.location).searchParams.get('error'), 'login_required');
    const { location } = await browser.get((await authorizationUrl(config)).url.href);
    assert.equal((await browser.get(location)).json()['prompt'], 'login');
    const first = await browser.post(location, { username: 'cilli', password: PASSWORD });
    const onward: Answer = await browser.post(first.location, CHOSEN, HTML);
    assert.equal(onward.status, 303, onward.text);
    const { callback } = await walk({ name: 'cilli', browser }, onward.location);
    assert.ok(callback.searchParams.get('code'), callback.href);
  });
});

test('the admin API asks for the change only if told so, and shows it', async () => {
  const rosa = await addAdministrator(app);
  const shown = async (name: string) =>
    (await rosa.get(`/admin/users/${name}`)).json()['passwordChangeRequired'];
  await rosa.send('POST', '/admin/users', { name: 'plain', password: PASSWORD });
  const body = { name: 'given', password: PASSWORD, passwordChangeRequired: true };
  const added = await rosa.send('POST', '/admin/users', body);
  assert.equal(added.json()['passwordChangeRequired'], true);
  assert.deepEqual([await shown('plain'), await shown('given')], [false, true]);
  await rosa.send('PUT', '/admin/users/plain/password', { password: NEW, passwordChangeRequired: true });
  await rosa.send('PUT', '/admin/users/given/password', { password: NEW });
  assert.deepEqual([await shown('plain'), await shown('given')], [true, false]);
});
