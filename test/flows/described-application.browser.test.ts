import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { launchChromium, visit } from '../browser/chromium.ts';
import { page as sitePage, startSite } from '../browser/sites.ts';
import { assertGoodInAllViews } from '../browser/views.ts';
import { startApp } from '../harness/app.ts';
import { addUser, PASSWORD } from '../harness/people.ts';
import { enterConsole } from '../web/console/console-browser.ts';
import { acceptDocumentsOf, startDocumentHost } from '../web/oauth/document-host.ts';

const documents = await startDocumentHost();
const app = await startApp(acceptDocumentsOf(documents));
const browser = await launchChromium();
const redirectUri = `${await startSite(sitePage('The application'))}/test`;
const { host } = documents;

/** Opens the request of an application, and signs in. */
async function askedBy(page: Page, name: string, clientId: string, redirect = redirectUri): Promise<void> {
  await addUser(app, name, { numbers: ['+447700900001'] });
  const ask = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirect,
    scope: 'call',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  await page.goto(`${app.url}/oauth/authorize?${ask}`);
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).waitFor();
}

/** The facts about the application, by their terms. */
async function factsOf(page: Page): Promise<Record<string, string>> {
  return page.evaluate<Record<string, string>>(
    `Object.fromEntries([...document.querySelectorAll('dt')].map((term) => [term.textContent, term.nextElementSibling.textContent]))`,
  );
}

test('the consent page shows the host of an application that is not registered, and its name as unverified', async () => {
  const address = documents.publish('/bank.json', { client_name: 'Your Bank', redirect_uris: [redirectUri] });
  const { page, complaints } = await visit(browser);
  await askedBy(page, 'anna', address);

  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), `Allow ${host}?`);
  const facts = await factsOf(page);
  assert.equal(facts['Site'], host);
  assert.equal(facts['Calls itself'], '“Your Bank”, not verified');
  assert.equal(facts['Described by'], address);
  assert.equal(facts['Returns to'], `${new URL(redirectUri).host}, a program on this device`);
  assert.match(
    facts['Registered'] ?? '',
    /this server has not verified its identity. Allow it only if you trust/,
  );
  const lead = await page.getByText('asks for permission to act for you').textContent();
  assert.doesNotMatch(lead ?? '', /Your Bank/);
  await assertGoodInAllViews(page);

  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/test\?code=/);
  await page.goto(`${app.url}/account/applications`);
  await page.getByRole('row').filter({ hasText: host }).getByText('Your Bank').waitFor();
  await assertGoodInAllViews(page);

  const console = await enterConsole(browser, app, 'ada');
  await console.page.goto(`${app.url}/console/clients`);
  await console.page.getByRole('link', { name: host }).click();
  const shown = await factsOf(console.page);
  assert.equal(shown['Described by'], `${address}, which calls it “Your Bank”; not verified`);
  assert.equal(await console.page.getByRole('link', { name: 'Sign-out…' }).count(), 0);
  await assertGoodInAllViews(console.page);
  await console.page.getByRole('link', { name: 'Remove…' }).click();
  await console.page.getByText('Users may allow it again').waitFor();
  await console.page.getByRole('button', { name: 'Remove application' }).click();
  await console.page.getByText('The application is removed').waitFor();
  await page.reload();
  await page.getByText('You have not allowed any application yet.').waitFor();
  assert.deepEqual([...complaints, ...console.complaints], []);
});

test('the page says when the answer goes to another site than that of the document', async () => {
  const elsewhere = 'https://elsewhere.example/cb';
  const address = documents.publish('/elsewhere.json', { redirect_uris: [elsewhere] });
  const { page } = await visit(browser);
  await askedBy(page, 'bea', address, elsewhere);
  assert.equal((await factsOf(page))['Returns to'], `elsewhere.example, a different site from ${host}`);
});

test('a long address and a long name fit on the page', async () => {
  const path = `/${'long-path-'.repeat(20)}.json`;
  const address = documents.publish(path, { client_name: 'W'.repeat(100), redirect_uris: [redirectUri] });
  const { page } = await visit(browser);
  await askedBy(page, 'cleo', address);
  await assertGoodInAllViews(page);
});
