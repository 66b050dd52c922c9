import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { launchChromium, visit } from '../browser/chromium.ts';
import { assertGoodInAllViews } from '../browser/views.ts';
import { startApp } from '../harness/app.ts';
import { PASSWORD } from '../harness/people.ts';

const app = await startApp();
const browser = await launchChromium();

const addGiven = (name: string) =>
  app.users.addUser(
    { name, password: PASSWORD, maxOngoingCalls: 1, administrator: true, passwordChangeRequired: true },
    COMMAND_LINE,
  );

async function enter(page: Page, signInPath: string, name: string): Promise<void> {
  await page.goto(`${app.url}${signInPath}`);
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function choose(page: Page, password: string, repeated: string): Promise<void> {
  await page.getByLabel('New password').fill(password);
  await page.getByLabel('Repeat password').fill(repeated);
  await page.getByRole('button', { name: 'Set password and continue' }).click();
}

for (const [area, signInPath, home] of [
  ['My account', '/sign-in', '/account'],
  ['the console', '/console/sign-in', '/console'],
] as const) {
  test(`a person chooses a new password on the way to ${area}, and "back" asks for nothing again`, async () => {
    const name = `new-at-${home.slice(1)}`;
    await addGiven(name);
    const { page, complaints } = await visit(browser);
    await enter(page, signInPath, name);

    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await assertGoodInAllViews(page);
    await choose(page, 'a better horse', 'a better horse');
    await page.waitForURL(`**${home}`);

    await page.goBack();
    await page.waitForURL(`**${home}`);
    assert.deepEqual(complaints, []);
  });
}

test('a typing error is shown with the form, which then works', async () => {
  await addGiven('typist');
  const { page } = await visit(browser);
  await enter(page, '/sign-in', 'typist');
  await choose(page, 'a better horse', 'a better hose');
  await page.getByRole('alert').filter({ hasText: 'The two new passwords differ' }).waitFor();
  await assertGoodInAllViews(page);
  await choose(page, 'a better horse', 'a better horse');
  await page.waitForURL('**/account');
});
