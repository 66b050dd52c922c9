import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, addUser, MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { formOf } from '../oauth/modern-walk.ts';
import { cookiesOf, credentials, isSignedIn, parametersOf, signedInBrowser, withQuery } from './flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
const parameters = parametersOf(client, 'code');
await app.clients.registerClient(
  { name: 'CRM', redirectUris: ['https://crm.example/callback'], classic: true },
  COMMAND_LINE,
);
await addModernClient(app);

const PATH = '/auth/logout';
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
/** A person clicks a link on another site. */
const LINK = {
  ...HTML,
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-user': '?1',
};

for (const method of ['GET', 'POST']) {
  test(`a program ends its session by ${method}, also for a copy of its cookie`, async () => {
    const browser = new Browser(app.url);
    const answer = await browser.post('/auth/login', { ...parameters, ...credentials('anna') });
    const kept = cookiesOf(answer);
    assert.equal(await isSignedInBy(kept), true);

    const out = await browser.send(method, PATH);
    assert.equal(out.status, 200);
    assert.deepEqual(out.json(), { message: 'signed out' });
    assert.equal(await isSignedIn(browser, client), false);
    assert.equal(await isSignedInBy(kept), false);
    const granted = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
    assert.equal(granted.location, app.url + withQuery('/auth/login', parameters));
  });
}

test('a link of a classic client ends the session at once', async () => {
  for (const referer of ['https://crm.example/', 'https://crm.example/deals?id=1']) {
    const browser = await signedInBrowser(app, client, 'anna');
    const answer = await browser.get(PATH, { ...LINK, referer });
    assert.equal(answer.status, 200);
    assert.match(answer.text, /<h1>Signed out<\/h1>/);
    assert.equal(await isSignedIn(browser, client), false);
  }
});

suite('the session continues, and a browser gets a question,', () => {
  const fromClient = { ...LINK, referer: 'https://crm.example/' };
  const requests: Readonly<Record<string, Record<string, string>>> = {
    'for a link of another site': { ...LINK, referer: 'https://evil.example/' },
    'for a link of a site that looks alike': { ...LINK, referer: 'https://crm.example.evil.example/' },
    'for another port or scheme of a classic client': { ...LINK, referer: 'http://crm.example/' },
    'for a link of a modern client': { ...LINK, referer: MODERN_REDIRECT_URI },
    'for a link whose site hides': LINK,
    'for an address that is typed': { ...LINK, 'sec-fetch-site': 'none' },
    'for an old browser': HTML,
    'for an image, also of a classic client': {
      ...fromClient,
      accept: 'image/avif,*/*;q=0.8',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'image',
    },
    'for an image of a sibling host': {
      accept: '*/*',
      'sec-fetch-site': 'same-site',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'image',
    },
    'for an image in an old browser': { accept: '*/*', referer: 'https://evil.example/' },
    'for a frame of a classic client': { ...fromClient, 'sec-fetch-dest': 'iframe' },
    'for a prefetch of a classic client': { ...fromClient, 'sec-purpose': 'prefetch' },
    'for a script': {
      accept: 'application/json',
      'sec-fetch-site': 'same-origin',
      'sec-fetch-dest': 'empty',
    },
  };
  for (const [why, headers] of Object.entries(requests)) {
    test(why, async () => {
      const browser = await signedInBrowser(app, client, 'anna');
      const answer = await browser.get(PATH, headers);
      assert.equal(answer.status, 200);
      assert.match(answer.text, /<h1>Sign out\?<\/h1>|not signed out/);
      assert.equal(await isSignedIn(browser, client), true);
    });
  }
});

test('the question names the user, and its form ends the session', async () => {
  const browser = await signedInBrowser(app, client, 'anna');
  const question = await browser.get(PATH, LINK);
  assert.match(question.text, /<strong>anna<\/strong>/);
  assert.match(question.text, /<a class="button quiet" href="\/account">Stay signed in<\/a>/);
  assert.equal(question.headers.get('cache-control'), 'no-store');
  assert.equal(formOf(question.text)?.action, PATH);
  const out = await browser.post(PATH, {}, { ...HTML, 'sec-fetch-site': 'same-origin' });
  assert.match(out.text, /<h1>Signed out<\/h1>/);
  assert.equal(await isSignedIn(browser, client), false);
});

test('a form may have fields of its own', async () => {
  const browser = await signedInBrowser(app, client, 'anna');
  assert.equal((await browser.post(PATH, { button: 'Sign out' })).status, 200);
  assert.equal(await isSignedIn(browser, client), false);
});

test('a response that the request does not accept ends nothing', async () => {
  for (const method of ['GET', 'POST']) {
    const browser = await signedInBrowser(app, client, 'anna');
    assert.equal((await browser.send(method, PATH, undefined, { accept: 'image/png' })).status, 406);
    assert.equal(await isSignedIn(browser, client), true);
  }
});

test('without a session there is nothing to ask, and no error', async () => {
  assert.equal((await new Browser(app.url).post(PATH)).status, 200);
  const answer = await new Browser(app.url).get(PATH, LINK);
  assert.equal(answer.status, 200);
  assert.match(answer.text, /You are signed out/);
});

async function isSignedInBy(cookie: string): Promise<boolean> {
  const answer = await request(app, 'GET', withQuery('/auth/login', parameters), { cookie });
  return answer.status === 303;
}
