import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser } from '../../harness/people.ts';
import { cookiesOf, credentials, isSignedIn, parametersOf, signedInBrowser } from '../../web/classic/flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
const parameters = parametersOf(client, 'code');

const forged: Record<string, Record<string, string>> = {
  'another site, by Sec-Fetch-Site': { 'sec-fetch-site': 'cross-site' },
  'another host of the same site, by Sec-Fetch-Site': { 'sec-fetch-site': 'same-site' },
  'another site, though Origin says otherwise': { 'sec-fetch-site': 'cross-site', origin: app.url },
  'another site, by Origin': { origin: 'https://evil.example' },
  'another port, by Origin': { origin: 'http://localhost:1' },
  'another scheme, by Origin': { origin: app.url.replace('http:', 'https:') },
  'a page that hides its origin': { origin: 'null' },
};

const genuine: Record<string, Record<string, string>> = {
  'this site, by Sec-Fetch-Site': { 'sec-fetch-site': 'same-origin', origin: app.url },
  'the person, who typed the address': { 'sec-fetch-site': 'none' },
  'this site, by Origin': { origin: app.url },
  'a script, which sends neither header': {},
};

const signedIn = await signedInBrowser(app, client, 'anna');

for (const [from, headers] of Object.entries(forged)) {
  suite(`a form from ${from}`, () => {
    test('does not sign in', async () => {
      const browser = new Browser(app.url);
      const answer = await browser.post('/auth/login', { ...parameters, ...credentials('anna') }, headers);
      assert.equal(answer.status, 403);
      assert.equal(answer.json()['error'], 'cross_site_form');
      assert.equal(cookiesOf(answer), '');
      assert.equal(await isSignedIn(browser, client), false);
    });

    test('grants nothing', async () => {
      const answer = await signedIn.post('/auth/grant', { ...parameters, grant: 'true' }, headers);
      assert.equal(answer.status, 403);
      assert.equal(answer.location, '');
      assert.deepEqual(await app.sql('SELECT 1 FROM grants'), []);
    });

    test('does not sign out', async () => {
      const answer = await signedIn.post('/auth/logout', {}, headers);
      assert.equal(answer.status, 403);
      assert.equal(await isSignedIn(signedIn, client), true);
    });
  });
}

for (const [from, headers] of Object.entries(genuine)) {
  test(`a form from ${from} signs in, grants and signs out`, async () => {
    const browser = new Browser(app.url);
    const answer = await browser.post('/auth/login', { ...parameters, ...credentials('anna') }, headers);
    assert.equal(answer.status, 303, answer.text);
    const granted = await browser.post('/auth/grant', { ...parameters, grant: 'true' }, headers);
    assert.match(granted.location, /\/test\?code=/);
    assert.equal((await browser.post('/auth/logout', {}, headers)).status, 200);
    assert.equal(await isSignedIn(browser, client), false);
    await app.sql('DELETE FROM grants');
  });
}
