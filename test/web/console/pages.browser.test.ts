import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { launchChromium, type Visit, visit } from '../../browser/chromium.ts';
import { assertGoodPage } from '../../browser/views.ts';
import { startApp, startNode, type TestApp } from '../../harness/app.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { letTimePass } from './console.ts';
import { authenticator } from './second-factors.ts';

const clock = createTestClock();
const app = await startApp({}, clock);
const strict = await startNode(app, { CONSOLE_SECOND_FACTOR: 'required' }, clock);
const browser = await launchChromium();

/** Opens the console as an administrator who is added for it, after the password. */
async function signIn(view: Visit, node: TestApp, name: string): Promise<void> {
  const { page } = view;
  await page.goto(`${node.url}/console/sign-in`);
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** From the page on which it is set up. */
async function finishTotp(page: Page): Promise<void> {
  const secret = (await page.locator('code').innerText()).replaceAll(' ', '');
  await page.getByLabel('Code', { exact: true }).fill(authenticator(secret, clock).code());
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('status').waitFor();
}

test('the console’s sign-in, second factors and frame are accessible, valid and fit', async () => {
  const name = 'ada';
  await addUser(app, name, { administrator: true });
  const opened = await visit(browser);
  await assertGoodPage(opened, `${app.url}/console/sign-in`);
  await signIn(opened, app, name);
  await assertGoodPage(opened, `${app.url}/console`);
  await assertGoodPage(opened, `${app.url}/console/security`);
  await opened.page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await assertGoodPage(opened, `${app.url}/console/security/totp`);
  await finishTotp(opened.page);
  await assertGoodPage(opened, `${app.url}/console/security?done=added`);
  await letTimePass(app, name, '11 minutes');
  await assertGoodPage(opened, `${app.url}/console/security`);

  const half = await visit(browser);
  await signIn(half, app, name);
  await assertGoodPage(half, `${app.url}/console/second-factor`);
  await assertGoodPage(opened, `${app.url}/console/security`);
});

test('so is the page that sets up a required second factor', async () => {
  const name = 'bare';
  await addUser(app, name, { administrator: true });
  const opened = await visit(browser);
  await signIn(opened, strict, name);
  await assertGoodPage(opened, `${strict.url}/console/security`);
  await opened.page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await assertGoodPage(opened, `${strict.url}/console/security/totp`);
});
