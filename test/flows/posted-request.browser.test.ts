import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { launchChromium, visit } from '../browser/chromium.ts';
import { startSite } from '../browser/sites.ts';
import { startApp } from '../harness/app.ts';
import { addUser, PASSWORD } from '../harness/people.ts';

const app = await startApp();
const browser = await launchChromium();
await addUser(app, 'anna');

/** The application, on another site than the server: a form that sends the authorization request by POST, and the callback. */
const site = await startSite((request, response) => {
  const url = new URL(request.url ?? '/', 'http://site');
  const parameters = {
    client_id: url.searchParams.get('client') ?? '',
    redirect_uri: `http://${request.headers.host}/cb`,
    ...{ response_type: 'code', scope: 'call', state: 'a b&c' },
    ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
  };
  const inputs = Object.entries(parameters).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${value.replace('&', '&amp;')}">`,
  );
  const form = `<form method="post" action="${app.url}/oauth/authorize">${inputs.join('')}<button>Connect</button></form>`;
  response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    .end(
      `<!doctype html><title>Application</title><h1>The application</h1>${url.pathname === '/cb' ? '' : form}`,
    );
}, '127.0.0.1');

test('a form of another site begins an authorization by POST, and the person who is signed in stays so', async () => {
  const registration = { name: 'CRM', redirectUris: [`${site}/cb`], public: true };
  const { client } = await app.clients.registerClient(registration, COMMAND_LINE);
  const { page, complaints } = await visit(browser);
  const connect = async () => {
    await page.goto(`${site}/?client=${client.id}`);
    await page.getByRole('button', { name: 'Connect' }).click();
  };
  const arrive = async () => {
    await page.waitForURL(`${site}/cb?**`);
    const { searchParams } = new URL(page.url());
    assert.ok(searchParams.has('code'), page.url());
    assert.equal(searchParams.get('state'), 'a b&c');
  };

  await connect();
  await page.getByLabel('User name').fill('anna');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await arrive();

  await connect(); // the browser sends the session cookie with the redirect, but not with the form
  await arrive();
  assert.deepEqual(complaints, []);
});
