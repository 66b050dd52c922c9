import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addModernClient, MODERN_REDIRECT_URI, PASSWORD } from '../../harness/people.ts';
import {
  addPerson,
  age,
  authorizationUrl,
  browse,
  configure,
  OPENS_PAGE,
  type Person,
  pushedAuthorizationUrl,
  redeem,
  submit,
} from './modern-walk.ts';

const app = await startApp();
const config = await configure(app, await addModernClient(app));
const anna = await addPerson(app, 'anna');
await browse(anna, (await authorizationUrl(config)).url);

const SITE = `${new URL(MODERN_REDIRECT_URI).origin}/`;
const EXPIRED = 3600 + 16;

/** Opens the consent page. @returns its address, its HTML, and what redeems the code */
async function openConsent(parameters: Record<string, string> = {}, client = config) {
  const { url, verifier } = await authorizationUrl(client, {
    prompt: 'consent',
    state: 's&1',
    ...parameters,
  });
  const { location } = await anna.browser.get(url.href);
  assert.match(location, /\/interaction\//);
  const page = await anna.browser.get(location, OPENS_PAGE);
  return { address: location, page, verifier, url };
}

async function answer(grant: 'true' | 'false', parameters: Record<string, string> = {}, client = config) {
  const consent = await openConsent(parameters, client);
  const decided = await submit(anna, consent.address, consent.page.text, { grant });
  const { location } = await anna.browser.get(decided.location);
  return { ...consent, resume: decided.location, location };
}

/** The links that a page shows as buttons, by their text. */
function buttonsOf({ text }: Answer): Record<string, string> {
  const links = [...text.matchAll(/<a class="button[^"]*" href="([^"]*)">([^<]*)<\/a>/g)];
  return Object.fromEntries(
    links.map(([, href = '', name = '']) => [
      name,
      href.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)).replaceAll('&amp;', '&'),
    ]),
  );
}

for (const grant of ['true', 'false'] as const) {
  suite(`going back to the consent page after grant=${grant}`, () => {
    test('says that it was answered, and leads to the application and to My account', async () => {
      const { address } = await answer(grant);
      const page = await anna.browser.get(address, OPENS_PAGE);
      assert.equal(page.status, 409);
      assert.match(page.text, /<h1>You have already answered<\/h1>/);
      assert.doesNotMatch(page.text, /not allowed|nothing was allowed|expired/i);
      assert.match(page.text, /<a href="\/account">My account<\/a>/);
      assert.deepEqual(buttonsOf(page), { 'Back to Modern': SITE });
    });

    test('sending its form again changes nothing, and says the same', async () => {
      const { address, page } = await answer(grant);
      const before = await app.sql('SELECT id FROM authorizations ORDER BY id');
      const again = await submit(anna, address, page.text, { grant: grant === 'true' ? 'false' : 'true' });
      assert.equal(again.status, 409);
      assert.match(again.text, /<h1>You have already answered<\/h1>/);
      assert.deepEqual(await app.sql('SELECT id FROM authorizations ORDER BY id'), before);
    });
  });
}

test('the second of two answers that were sent at once says so too, not that the application is wrong', async () => {
  const { resume } = await answer('true');
  const second = await anna.browser.get(resume, OPENS_PAGE);
  assert.match(second.text, /<h1>You have already answered<\/h1>/);
  assert.deepEqual(Object.keys(buttonsOf(second)), ['Back to Modern']);
});

test('programs get the error interaction_answered', async () => {
  const { address } = await answer('true');
  const again = await anna.browser.get(address);
  assert.equal(again.status, 409);
  assert.equal(again.json()['error'], 'interaction_answered');
});

test('going back to the sign-in page after signing in leads on to the consent page', async () => {
  const person = await addPerson(app, 'back');
  const { url } = await authorizationUrl(config, { state: 's&1' });
  const { location } = await person.browser.get(url.href);
  const page = await person.browser.get(location, OPENS_PAGE);
  const signedIn = await submit(person, location, page.text, { username: 'back', password: 'correct horse' });
  await person.browser.get(signedIn.location);
  const back = await person.browser.get(location, OPENS_PAGE);
  assert.match(back.text, /<h1>You have already answered<\/h1>/);
  const { 'Continue with Modern': again = '' } = buttonsOf(back);
  const consent = await person.browser.get((await person.browser.get(again)).location, OPENS_PAGE);
  assert.match(consent.text, /<h1>Allow Modern\?<\/h1>/);
});

test('so does a request for several APIs, with all of them', async () => {
  const resources = [`${app.url}/rest`, `${app.url}/click-to-dial/v0.2`];
  const { url } = await authorizationUrl(config);
  for (const resource of resources) url.searchParams.append('resource', resource);
  const person = await addPerson(app, 'several');
  const { location } = await person.browser.get(url.href);
  const page = await person.browser.get(location, OPENS_PAGE);
  const signedIn = await submit(person, location, page.text, { username: 'several', password: PASSWORD });
  await person.browser.get(signedIn.location);
  const { 'Continue with Modern': again = '' } = buttonsOf(await person.browser.get(location, OPENS_PAGE));
  assert.deepEqual(new URL(again, app.url).searchParams.getAll('resource'), resources);
});

test('going back to the sign-in page after the application got its code leads to the application', async () => {
  const person = await addPerson(app, 'complete');
  const { url } = await authorizationUrl(config, { state: 's&1' });
  const { location } = await person.browser.get(url.href);
  const done = await browse(person, location);
  assert.ok(done.location.startsWith(MODERN_REDIRECT_URI));
  assert.deepEqual(buttonsOf(await person.browser.get(location, OPENS_PAGE)), { 'Back to Modern': SITE });
});

test('so it does when the consent existed, and the sign-in was the only page', async () => {
  const { url } = await authorizationUrl(config, { state: 's&1', prompt: 'login' });
  const { location } = await anna.browser.get(url.href);
  const page = await anna.browser.get(location, OPENS_PAGE);
  const signedIn = await submit(anna, location, page.text, { username: 'anna', password: 'correct horse' });
  const done = await anna.browser.get(signedIn.location);
  assert.match(done.location, /[?&]code=/);
  assert.deepEqual(buttonsOf(await anna.browser.get(location, OPENS_PAGE)), { 'Back to Modern': SITE });
});

suite('a page that has expired', () => {
  test('begins the sign-in again with the same request', async () => {
    const { address, verifier } = await openConsent();
    await age(app, 'Interaction', EXPIRED);
    const page = await anna.browser.get(address, OPENS_PAGE);
    assert.equal(page.status, 400);
    assert.match(page.text, /<h1>This sign-in has expired<\/h1>/);
    const { 'Continue with Modern': again = '' } = buttonsOf(page);
    const done = await browse(anna, new URL(again, app.url));
    const callback = new URL(done.location);
    assert.equal(callback.searchParams.get('state'), 's&1');
    callback.searchParams.delete('state'); // the library would compare it with its own
    assert.ok((await redeem(config, { callback, verifier })).access);
  });

  test('says so as well when its form is sent', async () => {
    const { address, page } = await openConsent();
    await age(app, 'Interaction', EXPIRED);
    const sent = await submit(anna, address, page.text, { grant: 'true' });
    assert.equal(sent.status, 400);
    assert.ok(buttonsOf(sent)['Continue with Modern']);
  });

  test('leads to the application if its request was pushed, because that cannot be repeated', async () => {
    const { url } = await pushedAuthorizationUrl(config, { prompt: 'consent', state: 'secret-state' });
    const { location } = await anna.browser.get(url.href);
    await age(app, 'Interaction', EXPIRED);
    const page = await anna.browser.get(location, OPENS_PAGE);
    assert.deepEqual(buttonsOf(page), { 'Back to Modern': SITE });
    assert.doesNotMatch(page.text, /secret-state/);
  });

  test('leads to My account alone once nothing is known of it, or its application is gone', async () => {
    const unknown = await anna.browser.get('/interaction/unknown', OPENS_PAGE);
    assert.deepEqual(buttonsOf(unknown), {});

    const registered = await addModernClient(app);
    const { address } = await openConsent({}, await configure(app, registered));
    await app.clients.removeClient(registered.client.id, COMMAND_LINE);
    assert.deepEqual(buttonsOf(await anna.browser.get(address, OPENS_PAGE)), {});
  });

  test('never leads to an address that is not registered any more', async () => {
    const registered = await addModernClient(app);
    const { address } = await answer('true', {}, await configure(app, registered));
    await app.sql(
      `UPDATE clients SET metadata = metadata || '{"redirect_uris": ["https://new.example/cb"]}' WHERE id = $1`,
      [registered.client.id],
    );
    assert.deepEqual(buttonsOf(await anna.browser.get(address, OPENS_PAGE)), {});
  });
});

suite('a page in another browser', () => {
  test('says nothing of the application or its request, whether it was answered or not', async () => {
    const stranger = await addPerson(app, 'stranger');
    await browse(stranger, (await authorizationUrl(config)).url);
    const open = await openConsent({ login_hint: 'anna@example.com' });
    const done = await answer('true');
    for (const browser of [new Browser(app.url), stranger.browser])
      for (const { address, status } of [
        { address: open.address, status: 400 },
        { address: done.address, status: 409 },
        { address: done.resume, status: 409 },
      ]) {
        const page = await browser.get(address, OPENS_PAGE);
        assert.equal(page.status, address === done.resume ? page.status : status);
        assert.deepEqual(buttonsOf(page), {});
        assert.doesNotMatch(page.text, /Modern|s&|s%261|anna/);
      }
  });

  test('begins the sign-in again if the same user is signed in there', async () => {
    const { address } = await openConsent();
    const other: Person = { name: 'anna', browser: new Browser(app.url) };
    await browse(other, (await authorizationUrl(config)).url);
    assert.ok(buttonsOf(await other.browser.get(address, OPENS_PAGE))['Continue with Modern']);
  });
});

test('the browser of a sign-in page that has expired is known for an hour more', async () => {
  const browser = new Browser(app.url);
  const { location, headers } = await browser.get((await authorizationUrl(config)).url.href);
  const lines = headers.getSetCookie().filter((line) => line.startsWith('clicktocall_interaction='));
  assert.equal(lines.length, 1);
  const [, expires = ''] = /expires=([^;]+)/i.exec(lines[0] ?? '') ?? [];
  const minutes = (Date.parse(expires) - Date.now()) / 60_000;
  assert.ok(minutes > 118 && minutes < 121, `the cookie lasts ${minutes} minutes`);
  await age(app, 'Interaction', EXPIRED);
  assert.ok(buttonsOf(await browser.get(location, OPENS_PAGE))['Continue with Modern']);
});

test('the pages of a device lead back to the page for its code', async () => {
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call webhooks' });
  const person = await addPerson(app, 'connecting');
  const page = await person.browser.get(device.verification_uri, OPENS_PAGE);
  const entered = { user_code: device.user_code };
  const confirm = await submit(person, device.verification_uri, page.text, entered);
  const { location } = await submit(person, device.verification_uri, confirm.text, {});
  await browse(person, location);
  const back = await person.browser.get(location, OPENS_PAGE);
  assert.match(back.text, /<h1>You have already answered<\/h1>/);
  assert.deepEqual(buttonsOf(back), { 'Connect a device': '/oauth/device' });
});

test('an answered interaction keeps no session, and is deleted after an hour', async () => {
  await app.sql(`DELETE FROM artifacts WHERE model = 'Interaction'`);
  await answer('true');
  const rows = await app.sql<{ keys: string[]; soon: boolean }>(
    `SELECT ARRAY(SELECT jsonb_object_keys(payload) ORDER BY 1) AS keys, expires_at <= now() AS soon
       FROM artifacts WHERE model = 'Interaction' AND consumed_at IS NOT NULL`,
  );
  assert.equal(rows.length, 1);
  for (const { keys, soon } of rows) {
    for (const key of ['session', 'grant', 'result', 'lastSubmission']) assert.ok(!keys.includes(key), key);
    assert.ok(soon, 'the expiry sweep deletes it an hour after it has expired');
  }
});
