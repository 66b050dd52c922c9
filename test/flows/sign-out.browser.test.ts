import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { launchChromium, visit } from '../browser/chromium.ts';
import { startSite } from '../browser/sites.ts';
import { assertGoodInAllViews, assertGoodPage } from '../browser/views.ts';
import { startApp } from '../harness/app.ts';
import { addUser, PASSWORD } from '../harness/people.ts';

const app = await startApp();
const browser = await launchChromium();

/** An application on another site, which signs its user out by a link or by a form. */
const site = await startSite((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
  const fields = [...searchParams].map(([name, value]) => `<input name="${name}" value="${value}">`);
  const form = `<form method="post" action="${app.url}/oauth/end_session">${fields.join('')}<button>Leave</button></form>`;
  response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><title>App</title><h1>App at ${pathname}</h1>${pathname === '/leave' ? form : ''}`);
});
const postLogoutRedirectUri = `${site}/bye`;
const { client } = await app.clients.registerClient(
  { name: 'CRM', redirectUris: [`${site}/cb`], postLogoutRedirectUris: [postLogoutRedirectUri] },
  COMMAND_LINE,
);
const parameters = new URLSearchParams({
  client_id: client.id,
  post_logout_redirect_uri: postLogoutRedirectUri,
  state: 's1',
});
const question = `${app.url}/oauth/end_session?${parameters}`;

async function signIn(page: Page, name: string): Promise<void> {
  await addUser(app, name, { administrator: true });
  await page.goto(`${app.url}/sign-in`);
  await fillIn(page, name);
  await page.waitForURL(`${app.url}/account`);
}

async function fillIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('the question is accessible, valid and fits; its answer leads back to the application', async () => {
  const opened = await visit(browser);
  const { page } = opened;
  await signIn(page, 'anna');
  await assertGoodPage(opened, question);
  await page.getByText('You are signed in as anna. CRM asks to sign you out').waitFor();
  await page.getByRole('button', { name: 'Stay signed in' }).click();
  await page.waitForURL(`${postLogoutRedirectUri}?state=s1`);
  assert.equal((await page.goto(`${app.url}/account`))?.url(), `${app.url}/account`);
  await page.goto(question);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${postLogoutRedirectUri}?state=s1`);
  await page.goto(`${app.url}/account`);
  assert.match(page.url(), /\/sign-in/);
});

test('a form of the application’s site leads to the question, with the session that the form came without', async () => {
  const { page } = await visit(browser);
  await signIn(page, 'bob');
  await page.goto(`${site}/leave?${parameters}`);
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.getByText('You are signed in as bob').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${postLogoutRedirectUri}?state=s1`);
});

test('signed out means out of the console, too', async () => {
  const { page } = await visit(browser);
  await signIn(page, 'ada');
  await page.goto(`${app.url}/console`);
  await fillIn(page, 'ada');
  await page.waitForURL(`${app.url}/console`);
  await page.goto(`${site}/`);
  await page.goto(`${app.url}/oauth/end_session`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out of ClickToCall in this browser.').waitFor();
  await assertGoodInAllViews(page);
  await page.goto(`${app.url}/console`);
  assert.match(page.url(), /\/console\/sign-in/);
});

test('the sign-out of an application in the console is accessible, valid and fits', async () => {
  const opened = await visit(browser);
  const { page } = opened;
  await addUser(app, 'eva', { administrator: true });
  await page.goto(`${app.url}/console/sign-in`);
  await fillIn(page, 'eva');
  await page.waitForURL(`${app.url}/console`);
  for (const path of ['new-client', `clients/${client.id}`, `clients/${client.id}/logout`])
    await assertGoodPage(opened, `${app.url}/console/${path}`);
});
