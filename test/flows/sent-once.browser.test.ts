import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { launchChromium, visit } from '../browser/chromium.ts';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, PASSWORD } from '../harness/people.ts';
import { until } from '../harness/until.ts';
import { addCaller } from '../web/console/calls.ts';
import { enterConsole } from '../web/console/console-browser.ts';

const app = await startApp();
const browser = await launchChromium();
const client = await addClassicClient(app, 'CRM');
await addCaller(app, 'anna', { numbers: ['+447700900001'] }, client);

/** Counts the forms that the page sends. */
function formsOf(page: Page): { count: number } {
  const forms = { count: 0 };
  page.on('request', (request) => {
    if (request.method() === 'POST') forms.count += 1;
  });
  return forms;
}

async function fillIn(page: Page, address = '/sign-in'): Promise<void> {
  await page.goto(app.url + address);
  await page.getByLabel('User name').fill('anna');
  await page.getByLabel('Password').fill(PASSWORD);
}

const submitOf = (page: Page, name = 'Sign in') => page.getByRole('button', { name, exact: true });

/** Tells when the button of a page is disabled, and enabled again. Playwright itself asks no page that waits for an answer. */
async function watchButton(page: Page): Promise<string[]> {
  const seen: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'info') seen.push(message.text());
  });
  await page.addInitScript(`
    let state = 'enabled';
    setInterval(() => {
      const now = document.querySelector('main button')?.disabled ? 'disabled' : 'enabled';
      if (now !== state) console.info(now);
      state = now;
    }, 5);`);
  return seen;
}

/** Clicks twice, the second time when the form is on its way. */
async function clickTwice(page: Page, button: Locator, forms: { readonly count: number }): Promise<void> {
  const { release } = await holdForms(page);
  await button.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await button.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const click = () => page.mouse.click(x + width / 2, y + height / 2);
  await click();
  await until('the form is on its way', () => forms.count > 0);
  await click();
  release();
}

/** Makes the server's answers to forms wait for `release`. */
async function holdForms(page: Page): Promise<{ release(): void }> {
  const held = Promise.withResolvers<void>();
  await page.route('**', async (route) => {
    if (route.request().method() === 'POST') await held.promise;
    await route.continue().catch(() => {}); // the page may have gone
  });
  return { release: held.resolve };
}

test('a double click sends a form once, and the button is disabled until the answer', async () => {
  const { page, complaints } = await visit(browser);
  const forms = formsOf(page);
  const seen = await watchButton(page);
  await fillIn(page);
  const { release } = await holdForms(page);
  await submitOf(page).dblclick({ noWaitAfter: true });
  await until('the button is disabled', () => seen.length > 0);
  await page.keyboard.press('Enter');
  assert.deepEqual(seen, ['disabled']);
  release();
  await page.waitForURL('**/account');
  assert.equal(forms.count, 1);
  assert.deepEqual(complaints, []);
});

test('a double click on "Allow" sends the decision once, and the decision is what was clicked', async () => {
  await addUser(app, 'allowing');
  const { page } = await visit(browser);
  const query = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUri,
    scope: 'call',
  });
  await page.goto(`${app.url}/oauth/auth?${query}`);
  await page.getByLabel('User name').fill('allowing');
  await page.getByLabel('Password').fill(PASSWORD);
  await submitOf(page).click();
  await submitOf(page, 'Allow').waitFor();
  const forms = formsOf(page);
  await clickTwice(page, submitOf(page, 'Allow'), forms);
  await page.waitForURL(/\/test\?code=/);
  assert.equal(forms.count, 1);
});

test('a double click in the console adds one user', async () => {
  const { page, complaints } = await enterConsole(browser, app, 'ada');
  await page.goto(`${app.url}/console/new-user`);
  await page.getByLabel('Name', { exact: true }).fill('added');
  await page.getByLabel('Password').fill('a password of twelve words');
  const forms = formsOf(page);
  await clickTwice(page, submitOf(page, 'Add user'), forms);
  await page.waitForURL(/\/console\/users\/added/);
  assert.equal(forms.count, 1);
  assert.deepEqual(complaints, []);
});

test('a form that the browser finds incomplete can be completed and sent', async () => {
  const { page } = await visit(browser);
  await fillIn(page);
  await page.getByLabel('Password').clear();
  await submitOf(page).dblclick();
  await page.getByLabel('Password').fill(PASSWORD);
  await submitOf(page).click();
  await page.waitForURL('**/account');
});

test('a form that the server refuses comes back with its button', async () => {
  const { page } = await visit(browser);
  await fillIn(page);
  await page.getByLabel('Password').fill('wrong');
  await submitOf(page).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('User name').fill('anna');
  await page.getByLabel('Password').fill(PASSWORD);
  await submitOf(page).click();
  await page.waitForURL('**/account');
});

test('the button works again after "Back", and after the person has stopped the page', async () => {
  const { page } = await visit(browser);
  await fillIn(page);
  await submitOf(page).click();
  await page.waitForURL('**/account');
  await page.context().clearCookies();
  await page.goBack();
  await submitOf(page).waitFor();
  assert.equal(await submitOf(page).isEnabled(), true);
  await holdForms(page);
  const [seen, browserItself] = [await watchButton(page), await page.context().newCDPSession(page)];
  await fillIn(page);
  await submitOf(page).click({ noWaitAfter: true });
  await until('the button is disabled', () => seen.at(-1) === 'disabled');
  await browserItself.send('Page.stopLoading');
  await until('the button is enabled', () => seen.at(-1) === 'enabled');
});

test('every page with a form has the script', async () => {
  const { page } = await enterConsole(browser, app, 'eve');
  for (const path of [
    '/console',
    '/console/new-user',
    '/console/security',
    '/console/calls',
    '/oauth/device',
  ]) {
    await page.goto(app.url + path);
    assert.ok(await page.locator('form').count(), path);
    assert.equal(await page.locator('script[src^="/assets/sending.js"]').count(), 1, path);
  }
});
