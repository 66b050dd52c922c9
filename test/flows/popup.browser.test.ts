import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { launchChromium, visit } from '../browser/chromium.ts';
import { page as sitePage, startSite } from '../browser/sites.ts';
import { startApp } from '../harness/app.ts';
import { addUser, PASSWORD } from '../harness/people.ts';

const app = await startApp();
const browser = await launchChromium();

/** An application whose page opens popups, and whose callback tells the page what it received. */
const site = await startSite((request, response) => {
  const isCallback = request.url?.startsWith('/callback') === true;
  const answer = isCallback
    ? sitePage('The callback', 'opener.postMessage(location.search, location.origin)')
    : sitePage('The application', 'addEventListener("message", ({ data }) => { document.title = data; })');
  answer(request, response);
});
const redirectUri = `${site}/callback`;

async function register(kind: { classic: true } | { public: true }): Promise<string> {
  const registration = { name: 'CRM', redirectUris: [redirectUri], ...kind };
  return (await app.clients.registerClient(registration, COMMAND_LINE)).client.id;
}

async function openPopup(page: Page, address: string): Promise<Page> {
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(`void open(${JSON.stringify(address)}, 'sign-in', 'popup,width=500,height=600')`),
  ]);
  return popup;
}

async function signIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const common = { redirect_uri: redirectUri, response_type: 'code', scope: 'call' };
const REQUESTS: Readonly<Record<string, () => Promise<string>>> = {
  '/oauth/authorize': async () =>
    `/oauth/authorize?${new URLSearchParams({
      ...common,
      client_id: await register({ public: true }),
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })}`,
  '/oauth/auth': async () =>
    `/oauth/auth?${new URLSearchParams({ ...common, client_id: await register({ classic: true }) })}`,
};

for (const [endpoint, requestOf] of Object.entries(REQUESTS)) {
  test(`the popup of an application reports to the page that opened it, after ${endpoint}, sign-in and consent`, async () => {
    const name = `popup${endpoint.replaceAll('/', '-')}`;
    await addUser(app, name, { numbers: ['+447700900001'] });
    const { page, complaints } = await visit(browser);
    await page.goto(site);
    const popup = await openPopup(page, app.url + (await requestOf()));
    await signIn(popup, name, 'wrong');
    await popup.getByRole('alert').waitFor();
    await signIn(popup, name);
    await popup.getByRole('button', { name: 'Allow' }).click();
    await page.waitForFunction(`document.title.startsWith('?code=')`);
    assert.equal(await popup.evaluate('opener !== null'), true);
    assert.deepEqual(complaints, []);
  });
}

test('a popup that an application opens on My account or the console cannot be reached by it', async () => {
  const { page } = await visit(browser);
  for (const path of ['/account', '/console']) {
    await page.goto(site);
    const popup = await openPopup(page, app.url + path);
    await popup.getByLabel('User name').waitFor();
    assert.equal(await popup.evaluate('opener'), null, path);
    await popup.close();
  }
});

test('the popup of the API reference signs in, and the reference gets the code', async () => {
  const registration = {
    name: 'Reference',
    redirectUris: [`${app.url}/docs/static/oauth2-redirect.html`],
    public: true,
  };
  const { client } = await app.clients.registerClient(registration, COMMAND_LINE);
  await addUser(app, 'reader', { numbers: ['+447700900001'] });
  const { page } = await visit(browser);
  await page.goto(`${app.url}/docs`);
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  const flow = page.locator('.auth-container', { hasText: 'authorizationCode' }).filter({
    has: page.locator('#client_id_authorizationCode'),
  });
  const form = flow.last();
  await form.locator('#client_id_authorizationCode').fill(client.id);
  await form.getByText('select all').click();
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    form.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click(),
  ]);
  await signIn(popup, 'reader');
  const [redemption] = await Promise.all([
    page.waitForRequest('**/oauth/token'),
    popup.getByRole('button', { name: 'Allow' }).click(),
  ]);
  assert.match(redemption.postData() ?? '', /code=[\w-]+/);
});
