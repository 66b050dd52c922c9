import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type Visit, visit } from '../../browser/chromium.ts';
import type { TestApp } from '../../harness/app.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';

/** A new administrator at a browser of their own, signed in to the console. */
export async function enterConsole(
  browser: Browser,
  app: TestApp,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  await addUser(app, name, { administrator: true });
  const opened = await visit(browser, options);
  await signInTo(opened.page, app, name);
  return opened;
}

/** Signs an administrator in to the console in a tab. */
export async function signInTo(page: Page, app: TestApp, name: string): Promise<void> {
  await page.goto(`${app.url}/console/sign-in`);
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/console');
}
