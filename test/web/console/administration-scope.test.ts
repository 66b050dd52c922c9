import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp, startNode, type TestApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, PASSWORD } from '../../harness/people.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { addSignedIn, SENDS_FORM } from './console.ts';
import { addTotp } from './second-factors.ts';

const clock = createTestClock();
const app = await startApp({}, clock);
const strict = await startNode(app, { CONSOLE_SECOND_FACTOR: 'required' }, clock);
const client = await addClassicClient(app);

/** Signs in to the application with the password, and allows it to administer; in the end there is a token, or a refusal. */
async function allow(browser: Browser, name: string, node: TestApp = app): Promise<Answer> {
  const asked = {
    client_id: client.id,
    response_type: 'token',
    redirect_uri: client.redirectUri,
    scope: 'call admin',
  };
  await browser.post(`${node.url}/auth/login`, { ...asked, username: name, password: PASSWORD });
  const seen = await browser.get(`${node.url}/auth/grant?${new URLSearchParams(asked)}`, SENDS_FORM);
  if (seen.status === 303) return seen;
  return browser.post(`${node.url}/auth/grant`, { ...asked, grant: 'true' }, SENDS_FORM);
}

const granted = ({ location }: Answer) => /#access_token=/.test(location);

test('an administrator without a second factor lets an application administer with the password', async () => {
  await addUser(app, 'plain', { administrator: true });
  assert.ok(granted(await allow(new Browser(app.url), 'plain')));
});

test('a user with a second factor must verify it in this browser, even if the application was allowed before', async () => {
  const careful = await addSignedIn(app, 'careful');
  assert.ok(granted(await allow(new Browser(app.url), 'careful')));
  await addTotp(careful, clock);

  const thief = await allow(new Browser(app.url), 'careful');
  assert.equal(thief.status, 400, thief.location);
  assert.match(thief.text, /first sign in to the console \(\/console\) in this browser/);
  assert.match(thief.text, /<button[^>]*value="true"[^>]*>Allow/);
  assert.ok(granted(await allow(careful.browser, 'careful')), 'the browser that shows it');
});

test('a session in the console that still owes the second factor is not enough', async () => {
  const owing = await addSignedIn(app, 'owing');
  await addTotp(owing, clock);
  await app.sql(
    `UPDATE console_sessions SET second_factor_owed = true WHERE user_id = (SELECT id FROM users WHERE name = 'owing')`,
  );
  assert.equal((await allow(owing.browser, 'owing')).status, 400);
});

test('an expired session or another user’s is not enough', async () => {
  const idle = await addSignedIn(app, 'idle');
  await addTotp(idle, clock);
  const other = await addSignedIn(app, 'other');
  await addTotp(other, clock);
  assert.equal((await allow(other.browser, 'idle')).status, 400);
  await app.sql(
    `UPDATE console_sessions SET seen_at = now() - interval '31 minutes'
      WHERE user_id = (SELECT id FROM users WHERE name = 'idle')`,
  );
  assert.equal((await allow(idle.browser, 'idle')).status, 400);
});

test('where a second factor is required, who has none lets no application administer', async () => {
  await addUser(app, 'bare', { administrator: true });
  assert.equal((await allow(new Browser(strict.url), 'bare', strict)).status, 400);
});
