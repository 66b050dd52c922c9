import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { addSignedIn, atBrowser, fieldValue, leadsTo, OPENS_PAGE, signIn } from './console.ts';

const app = await startApp();
await addUser(app, 'ada', { administrator: true });
await addUser(app, 'anna');

const stranger = () => atBrowser(app, 'ada');

test('the sign-in is a page with a form, which leads on to where one wanted to go', async () => {
  const ada = stranger();
  const wanted = '/console?x=1&y=%C3%A4';
  const refused = leadsTo(await ada.open(wanted));
  assert.equal(refused, `/console/sign-in?${new URLSearchParams({ return_to: wanted })}`);
  const page = await ada.open(refused);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-security-policy') ?? '', /form-action 'self'(;|$)/);
  const returnTo = fieldValue(page.text, 'return_to');
  assert.equal(leadsTo(await signIn(ada, { return_to: returnTo })), wanted);
});

test('who is signed in is led on at once', async () => {
  const signedIn = await addSignedIn(app, 'signed-in');
  assert.equal(leadsTo(await signedIn.open('/console/sign-in?return_to=/console/users')), '/console/users');
});

suite('the sign-in leads only to pages of the console', () => {
  for (const elsewhere of [
    'https://evil.example/console',
    '//evil.example/console',
    '/\\evil.example/console',
    '\\\\evil.example/console/',
    '/account',
    '/consolation',
    '/console/../account',
    '/console/%2e%2e/account',
    'javascript:alert(1)//console',
    'console.evil.example',
    '@evil.example/console',
    '',
  ]) {
    test(elsewhere, async () => {
      assert.equal(leadsTo(await signIn(stranger(), { return_to: elsewhere })), '/console');
      const page = await stranger().open(`/console/sign-in?${new URLSearchParams({ return_to: elsewhere })}`);
      assert.match(page.text, /name="return_to" value="\/console"/);
    });
  }
});

suite('refuses', () => {
  test('a wrong password, an unknown name, and who is no administrator, all in the same words', async () => {
    const answers = [
      await signIn(stranger(), { password: 'wrong' }),
      await signIn(stranger(), { username: 'nobody' }),
      await signIn(stranger(), { username: 'anna' }),
    ];
    for (const { status, headers, text } of answers) {
      assert.equal(status, 403);
      assert.match(text, /role="alert">The user name or the password is wrong\.</);
      assert.deepEqual(headers.getSetCookie(), []);
    }
    const bare = answers.map(({ text }) => text.replace(/value="(ada|nobody|anna)"/, ''));
    assert.equal(bare[1], bare[0]);
    assert.equal(bare[2], bare[0]);
  });

  test('the right password of who is no administrator as often as a wrong one', async () => {
    await addUser(app, 'eager');
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) statuses.push((await signIn(atBrowser(app, 'eager'))).status);
    assert.deepEqual(statuses, [...new Array(10).fill(403), 429]);
  });

  test('a form without name or password, and keeps the name', async () => {
    const answer = await signIn(stranger(), { password: '' });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /role="alert"/);
    assert.match(answer.text, /value="ada"/);
  });

  test('a form of another site', async () => {
    const { browser } = stranger();
    const form = { username: 'ada', password: 'correct horse' };
    const answer = await browser.post('/console/sign-in', form, { 'sec-fetch-site': 'cross-site' });
    assert.equal(answer.status, 403);
    const signedIn = await addSignedIn(app, 'remaining');
    const signOut = await signedIn.browser.post('/console/sign-out', {}, { 'sec-fetch-site': 'cross-site' });
    assert.equal(signOut.status, 403);
    assert.equal((await signedIn.open('/console')).status, 200);
  });
});

test('a name that was given is text', async () => {
  const { text } = await signIn(stranger(), { username: '"><script>alert(1)</script>' });
  assert.doesNotMatch(text, /<script>/);
  assert.match(text, /&#60;script&#62;/);
});

test('a link on another site leads to a sign-in page that links to the console', async () => {
  const { browser } = stranger();
  const page = await browser.get('/console/sign-in?return_to=/console/users', {
    ...OPENS_PAGE,
    'sec-fetch-site': 'cross-site',
  });
  assert.match(page.text, /<a href="\/console\/users">Continue to the console<\/a>/);
});

test('a form that is sent after the session has ended leads back to its page', async () => {
  const leaving = await addSignedIn(app, 'leaving');
  await app.sql('DELETE FROM console_sessions');
  const answer = await leaving.browser.post(
    '/console/sign-out',
    {},
    {
      ...OPENS_PAGE,
      'sec-fetch-site': 'same-origin',
      referer: `${app.url}/console/users/anna?tab=grants`,
    },
  );
  assert.equal(
    leadsTo(answer),
    `/console/sign-in?${new URLSearchParams({ return_to: '/console/users/anna?tab=grants' })}`,
  );
});

test('a request for a part of a page is refused with the sign-in address for htmx', async () => {
  const { browser } = stranger();
  const answer = await browser.get('/console', {
    accept: 'text/html',
    'hx-request': 'true',
    referer: `${app.url}/console/users`,
  });
  assert.equal(answer.status, 401);
  assert.equal(
    answer.headers.get('hx-redirect'),
    `/console/sign-in?${new URLSearchParams({ return_to: '/console/users' })}`,
  );
});
