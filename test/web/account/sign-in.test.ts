import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, PASSWORD } from '../../harness/people.ts';
import { isSignedIn } from '../classic/flow.ts';
import { visitor } from './visitor.ts';

const app = await startApp();
await addUser(app, 'anna');

const credentials = { username: 'anna', password: PASSWORD };
const HTML = { accept: 'text/html' };
const PAGES = ['/account', '/account/history', '/account/applications', '/account/security'];
const FORMS = [
  '/account/calls/some/end',
  '/account/applications/some/withdraw',
  '/account/security/password',
  '/account/security/sign-out-everywhere',
];

for (const page of PAGES) {
  test(`${page} redirects a browser that is not signed in to the sign-in page, and back`, async () => {
    const browser = new Browser(app.url);
    const sent = await browser.get(`${page}?done=x`);
    assert.equal(sent.status, 303);
    assert.equal(sent.location, `${app.url}/sign-in?return_to=${encodeURIComponent(`${page}?done=x`)}`);

    const signInPage = await browser.get(sent.location);
    assert.equal(signInPage.status, 200);
    assert.match(signInPage.text, /<h1>Sign in<\/h1>/);
    const back = await browser.post('/sign-in', { ...credentials, return_to: `${page}?done=x` });
    assert.deepEqual([back.status, back.location], [303, `${app.url}${page}?done=x`]);
    assert.equal((await browser.get(back.location)).status, 200);
  });
}

test('after a very long URL the sign-in leads to the first page of My account', async () => {
  const browser = new Browser(app.url);
  const sent = await browser.get(`/account/history?q=${'x'.repeat(3_000)}`);
  assert.deepEqual(
    [sent.status, sent.location],
    [303, `${app.url}/sign-in?return_to=${encodeURIComponent('/account')}`],
  );
  assert.equal((await browser.get(sent.location)).status, 200);
});

for (const form of FORMS) {
  test(`${form} does nothing without a session`, async () => {
    const answer = await new Browser(app.url).post(form, { new_password: 'something else' });
    assert.deepEqual(
      [answer.status, answer.location],
      [303, `${app.url}/sign-in?return_to=${encodeURIComponent('/account')}`],
    );
  });

  test(`${form} refuses a form of another site`, async () => {
    const browser = await visitor(app, 'anna');
    const answer = await browser.post(form, {}, { 'sec-fetch-site': 'cross-site' });
    assert.equal(answer.status, 403);
    assert.equal(answer.json()['error'], 'cross_site_form');
  });
}

suite('sign-in leads only to My account', () => {
  for (const target of [
    'https://evil.example/account',
    '//evil.example/account',
    '/\\evil.example/account',
    '\\\\evil.example/account',
    'javascript:alert(1)',
    '/',
    '/oauth/authorize?client_id=x',
    '/accounts',
    '/account.evil.example',
    '/account/../auth/logout',
    '/account/%2e%2e/auth/logout',
    '@evil.example',
    `/account:@evil.example`,
  ]) {
    test(JSON.stringify(target), async () => {
      const browser = new Browser(app.url);
      const signInPage = await browser.get(`/sign-in?return_to=${encodeURIComponent(target)}`);
      assert.equal(signInPage.status, 400, signInPage.location);
      assert.equal(signInPage.json()['field'], 'return_to');
      const sent = await browser.post('/sign-in', { ...credentials, return_to: target });
      assert.equal(sent.status, 400, sent.location);
      assert.equal((await browser.get('/account')).status, 303, 'and signs nobody in');
    });
  }
});

test('a signed-in browser is redirected from the sign-in page', async () => {
  const browser = await visitor(app, 'anna');
  const answer = await browser.get('/sign-in?return_to=/account/history');
  assert.deepEqual([answer.status, answer.location], [303, `${app.url}/account/history`]);
});

test('a wrong password shows the form again, with what was wrong and where it leads', async () => {
  const browser = new Browser(app.url);
  const wrong = { username: 'anna', password: 'wrong', return_to: '/account/security' };
  const answer = await browser.post('/sign-in', wrong, HTML);
  assert.equal(answer.status, 403);
  assert.match(answer.text, /role="alert">The user name or the password is wrong\./);
  assert.match(answer.text, /name="return_to" value="\/account\/security"/);
});

for (const [what, form] of [
  ['nothing', { username: '', password: '' }],
  ['no password', { username: 'anna' }],
  ['a name that is far too long', { username: 'a'.repeat(101), password: PASSWORD }],
] as const) {
  test(`${what} shows the form again, with what was wrong and where it leads`, async () => {
    const sent = { ...form, return_to: '/account/security' };
    const answer = await new Browser(app.url).post('/sign-in', sent, HTML);
    assert.equal(answer.status, 400);
    assert.match(answer.text, /role="alert">[^<]*(user name|username)/);
    assert.match(answer.text, /name="return_to" value="\/account\/security"/);
    assert.match(answer.text, /name="password"/);
  });
}

test('the sign-in is that of the flows: one serves for the other', async () => {
  const client = await addClassicClient(app);
  const browser = await visitor(app, 'anna');
  assert.equal(await isSignedIn(browser, client), true);
  const out = await browser.post('/sign-out');
  assert.deepEqual([out.status, out.location], [303, `${app.url}/signed-out`]);
  assert.equal((await browser.get(out.location, HTML)).status, 200);
  assert.equal(await isSignedIn(browser, client), false);
  assert.equal((await browser.get('/account')).status, 303);
});

test('the pages may be neither framed nor stored', async () => {
  const browser = await visitor(app, 'anna');
  for (const page of PAGES) {
    const { headers } = await browser.get(page);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /form-action 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('a user who is disabled is signed out', async () => {
  await addUser(app, 'gone');
  const browser = await visitor(app, 'gone');
  await app.users.setDisabled('gone', true, COMMAND_LINE);
  assert.equal((await browser.get('/account')).status, 303);
});
