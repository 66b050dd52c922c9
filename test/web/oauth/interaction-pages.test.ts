import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addModernClient, MODERN_REDIRECT_URI, PASSWORD } from '../../harness/people.ts';
import {
  addPerson,
  age,
  authorizationUrl,
  browse,
  callStatus,
  configure,
  formOf,
  OPENS_PAGE,
  type Person,
  redeem,
  submit,
} from './modern-walk.ts';

const app = await startApp();
const config = await configure(app, await addModernClient(app));
const anna = await addPerson(app, 'anna');
const signedIn = await addPerson(app, 'signed-in');
await browse(signedIn, (await authorizationUrl(config)).url);

/** The seconds that the provider's clocks may be apart, and one more. */
const CLOCK_TOLERANCE = 16;

/** A person who is nobody yet: a browser that has never been here. */
function stranger(): Person {
  return { name: anna.name, browser: new Browser(app.url) };
}

/** Where an authorization leads to: the address of the page that asks something. */
async function beginInteraction(person: Person, client = config, parameters: Record<string, string> = {}) {
  const { url } = await authorizationUrl(client, parameters);
  const { location } = await person.browser.get(url.href);
  assert.match(location, /\/interaction\/[\w-]+$/);
  return location;
}

/** The same, for somebody who is signed in and is asked for consent. */
const beginConsent = (client = config, parameters: Record<string, string> = {}) =>
  beginInteraction(signedIn, client, { prompt: 'consent', ...parameters });

test('a browser walks through HTML pages alone', async () => {
  const { url, verifier } = await authorizationUrl(config);
  const { location } = await browse(stranger(), url);
  const tokens = await redeem(config, { callback: new URL(location), verifier });
  assert.equal(await callStatus(app, tokens.access), 200);
});

for (const [who, headers] of Object.entries({
  'Accept: application/json': { accept: 'application/json' },
  'Accept: */*': { accept: '*/*' },
})) {
  test(`${who} gets JSON with the prompt and the client`, async () => {
    const person = stranger();
    const signIn = await person.browser.get(await beginInteraction(person), headers);
    assert.equal(signIn.status, 200);
    assert.match(signIn.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(signIn.headers.get('cache-control'), 'no-store');
    assert.deepEqual(signIn.json(), { prompt: 'login', client: 'Modern' });

    const consent = await signedIn.browser.get(await beginConsent(), headers);
    assert.deepEqual(consent.json(), { prompt: 'consent', client: 'Modern', scopes: ['call'] });
  });
}

test('every field of the sign-in form has a label', async () => {
  const person = stranger();
  const page = await person.browser.get(await beginInteraction(person), OPENS_PAGE);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html; charset=utf-8/);
  assert.match(page.text, /<html lang="en">/);
  assert.match(page.text, /<h1>Sign in<\/h1>/);
  assert.match(page.text, /<strong>Modern<\/strong>/);
  assert.match(page.text, /<input[^>]*name="password"[^>]*type="password"/);
  assertLabelled(page.text);
});

test('the consent page shows the user, the client, the scopes in words, and the redirect host', async () => {
  const address = await beginConsent(config, { scope: 'call click-to-dial:calls:read openid' });
  const { text } = await signedIn.browser.get(address, OPENS_PAGE);
  assert.match(text, /<strong>signed-in<\/strong>/);
  assert.match(text, /<strong>Modern<\/strong>/);
  assert.match(text, /open, see and stop phone calls on your behalf/);
  assert.match(text, /see the calls it opened/);
  assert.match(text, /localhost:5555/);
  assert.match(text, /<button[^>]*name="grant" value="true">Allow<\/button>/);
  assert.match(text, /<button[^>]*name="grant" value="false">Deny<\/button>/);
  assertLabelled(text);
});

test('form pages cannot be framed or stored, run only scripts of this server, and let forms redirect anywhere', async () => {
  const person = stranger();
  const pages = [
    await person.browser.get(await beginInteraction(person), OPENS_PAGE),
    await signedIn.browser.get(await beginConsent(), OPENS_PAGE),
  ];
  for (const { headers } of pages) {
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /form-action/); // ADR 25
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers.get('referrer-policy'), 'same-origin');
    assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('the consent page of an installed application redirects to its scheme', async () => {
  const redirectUri = 'com.example.phone:/callback';
  const native = await configure(
    app,
    await app.clients.registerClient(
      { name: 'Installed', redirectUris: [redirectUri], public: true },
      COMMAND_LINE,
    ),
  );
  const { url, verifier } = await authorizationUrl(native, { redirect_uri: redirectUri });
  const { location } = await signedIn.browser.get(url.href);
  const { text } = await signedIn.browser.get(location, OPENS_PAGE);
  const answer = await submit(signedIn, location, text, { grant: 'true' });
  const last = await signedIn.browser.get(answer.location);
  assert.match(last.location, /^com\.example\.phone:\/callback\?code=/);
  await redeem(native, { callback: new URL(last.location), verifier });
});

test('a wrong password is refused with 403: scripts get the error, browsers the form again', async () => {
  const person = stranger();
  const address = await beginInteraction(person);
  const wrong = { username: anna.name, password: 'wrong' };

  const error = await person.browser.post(address, wrong);
  assert.equal(error.status, 403);
  assert.equal(error.json()['error'], 'credentials_refused');

  const page = await person.browser.get(address, OPENS_PAGE);
  const again = await submit(person, address, page.text, wrong);
  assert.equal(again.status, 403);
  assert.match(again.text, /role="alert"/);
  assert.ok(formOf(again.text)?.fields['username'] !== undefined);
  assert.doesNotMatch(again.text, /value="wrong"/);

  const right = await submit(person, address, again.text, { username: anna.name, password: PASSWORD });
  assert.equal(right.status, 303);
});

test('an unknown name gets the same error', async () => {
  const person = stranger();
  const address = await beginInteraction(person);
  const wrong = await person.browser.post(address, { username: anna.name, password: 'wrong' });
  const unknownName = await person.browser.post(address, { username: 'nobody', password: 'wrong' });
  assert.equal(unknownName.status, wrong.status);
  assert.equal(unknownName.text, wrong.text);
});

test('signing in takes a name and a password', async () => {
  const person = stranger();
  const address = await beginInteraction(person);
  for (const form of [{}, { username: anna.name }, { password: PASSWORD }, { grant: 'true' }]) {
    assert.equal((await person.browser.post(address, form)).status, 400);
  }
});

test('denying redirects to the client with access_denied, the state and the issuer', async () => {
  for (const grant of ['false', 'no', '']) {
    const address = await beginConsent(config, { state: 'abc' });
    const page = await signedIn.browser.get(address, OPENS_PAGE);
    const refused = await submit(signedIn, address, page.text, { grant });
    assert.equal(refused.status, 303);
    const { location } = await signedIn.browser.follow(refused.location);
    assert.ok(location.startsWith(`${MODERN_REDIRECT_URI}?`));
    const { searchParams } = new URL(location);
    assert.equal(searchParams.get('error'), 'access_denied');
    assert.equal(searchParams.get('state'), 'abc');
    assert.equal(searchParams.get('iss'), app.url);
    assert.equal(searchParams.get('code'), null);
  }
});

for (const [what, headers] of Object.entries({
  'Sec-Fetch-Site: cross-site': { 'sec-fetch-site': 'cross-site' },
  'Sec-Fetch-Site: same-site': { 'sec-fetch-site': 'same-site' },
  'Sec-Fetch-Site: cross-site and our own Origin': { 'sec-fetch-site': 'cross-site', origin: app.url },
  'a foreign Origin': { origin: 'https://evil.example' },
  'an Origin that only begins like ours': { origin: `${app.url}.evil.example` },
  'Origin: null': { origin: 'null' },
})) {
  test(`a form that comes with ${what} is refused, and decides nothing`, async () => {
    const consent = await beginConsent();
    const refused = await signedIn.browser.post(consent, { grant: 'true' }, headers);
    assert.equal(refused.status, 403);
    assert.equal(refused.json()['error'], 'cross_site_form');
    assert.equal((await signedIn.browser.get(consent)).status, 200);

    const person = stranger();
    const signIn = await beginInteraction(person);
    const credentials = { username: anna.name, password: PASSWORD };
    assert.equal((await person.browser.post(signIn, credentials, headers)).status, 403);
    assert.equal((await person.browser.get(signIn)).json()['prompt'], 'login');
  });
}

test('an interaction belongs to the browser it was begun in', async () => {
  const person = stranger();
  const address = await beginInteraction(person);
  const [uid = ''] = address.split('/').slice(-1);
  const other = new Browser(app.url);
  for (const headers of [{}, { cookie: `clicktocall_interaction=${uid}` }]) {
    const shown = await other.get(address, headers);
    assert.equal(shown.status, 400);
    assert.equal(shown.json()['error'], 'interaction_lost');
    const credentials = { username: anna.name, password: PASSWORD };
    assert.equal((await other.post(address, credentials, headers)).status, 400);
  }
  const page = await other.get(address, OPENS_PAGE);
  assert.equal(page.status, 400);
  assert.match(page.text, /role="alert">.*Start again/s);
});

test('an interaction of one browser cannot be answered at the address of another', async () => {
  const [first, second] = [stranger(), stranger()];
  const addresses = [await beginInteraction(first), await beginInteraction(second)] as const;
  assert.equal((await first.browser.get(addresses[1])).status, 400);
  assert.equal((await second.browser.get(addresses[0])).status, 400);
});

test('an interaction ends after an hour', async () => {
  const person = stranger();
  const address = await beginInteraction(person);
  await age(app, 'Interaction', 3600 + CLOCK_TOLERANCE);
  assert.equal((await person.browser.get(address)).status, 400);
  const credentials = { username: anna.name, password: PASSWORD };
  assert.equal((await person.browser.post(address, credentials)).status, 400);
});

test('a session ends after a day', async () => {
  const person = await addPerson(app, 'sleeping');
  await browse(person, (await authorizationUrl(config)).url);
  await age(app, 'Session', 24 * 3600 + CLOCK_TOLERANCE);
  const signIn = await person.browser.get(await beginInteraction(person));
  assert.equal(signIn.json()['prompt'], 'login');
});

test('a consent form sent after signing out decides nothing', async () => {
  const person = await addPerson(app, 'leaving');
  await browse(person, (await authorizationUrl(config)).url);
  const address = await beginInteraction(person, config, { prompt: 'consent' });
  await person.browser.post('/auth/logout');
  assert.equal((await person.browser.post(address, { grant: 'true' })).status, 400);
});

test("a client's name is shown as text", async () => {
  const name = '<script>alert(1)</script>"\'&';
  const odd = await configure(
    app,
    await app.clients.registerClient({ name, redirectUris: [MODERN_REDIRECT_URI] }, COMMAND_LINE),
  );
  const person = stranger();
  const signIn = await person.browser.get(await beginInteraction(person, odd), OPENS_PAGE);
  const consent = await signedIn.browser.get(await beginConsent(odd), OPENS_PAGE);
  for (const { text } of [signIn, consent]) {
    assert.doesNotMatch(text, /<script(?! src="\/assets\/)/);
    assert.match(text, /&(lt|#60);script&(gt|#62);alert/);
  }
});

test("the error page shows the client's texts as text", async () => {
  const { url } = await authorizationUrl(config, { redirect_uri: 'https://evil.example/<script>' });
  const page = await anna.browser.get(url.href, OPENS_PAGE);
  assert.equal(page.status, 400);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(page.text, /role="alert"/);
  assert.doesNotMatch(page.text, /<script/);
});

function assertLabelled(html: string): void {
  for (const [input] of html.matchAll(/<input\b[^>]*>/g)) {
    if (input.includes('type="hidden"')) continue;
    const [, id = 'none'] = /\bid="([^"]+)"/.exec(input) ?? [];
    assert.ok(html.includes(`<label for="${id}">`), input);
  }
}
