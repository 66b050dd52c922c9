import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { launchChromium } from '../../browser/chromium.ts';
import { assertGoodPage } from '../../browser/views.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient } from '../../harness/people.ts';
import { openCall } from '../classic/call.ts';
import { addCaller } from './calls.ts';
import { enterConsole, signInTo } from './console-browser.ts';

const app = await startApp();
const browser = await launchChromium();
const SCRIPT = '"><script>document.title = "hacked"</script>';
const client = await addClassicClient(app, SCRIPT);
const anna = await addCaller(app, 'anna', { limit: 2, numbers: ['+447700900001'] }, client);

const callOf = (page: Page, id: string) => page.locator(`#call-${id}`);

test('the board shows a new call; hanging up takes a reason, and a second board follows', async () => {
  const [ada, eve] = [await enterConsole(browser, app, 'ada'), await enterConsole(browser, app, 'eve')];
  for (const { page } of [ada, eve]) await page.getByText('No calls right now').waitFor();

  const id = await openCall(app, anna);
  for (const { page } of [ada, eve]) {
    await callOf(page, id).waitFor();
    assert.match(
      (await page.locator('tbody').innerText()).replace(/\s+/g, ' '),
      /anna 1 of 2 \+447700900001 →/,
    );
    await page.locator('tbody', { hasText: SCRIPT }).waitFor();
    await page.getByText(/^0:00:0[1-9]$/).waitFor();
  }

  await ada.page.getByRole('link', { name: 'Hang up +447700900001 → +447700900123' }).press('Enter');
  await ada.page.getByLabel('Reason').fill('the line was forgotten');
  await ada.page.keyboard.press('Enter');
  await ada.page.getByText('The call has ended.').waitFor();
  await callOf(eve.page, id).waitFor({ state: 'detached' });
  for (const { page, complaints } of [ada, eve]) {
    await page.getByText('No calls right now').waitFor();
    assert.match(await page.title(), /^Calls now/);
    assert.deepEqual(complaints, []);
  }
});

test('what has the focus keeps it while the board changes around it', async () => {
  const { page } = await enterConsole(browser, app, 'keyboard');
  const id = await openCall(app, anna);
  await page.locator(`#end-${id}`).focus();
  const other = await openCall(app, anna, '+447700900124');
  await callOf(page, other).waitFor();
  await page.waitForFunction(`document.activeElement?.id === 'end-${id}'`);
  for (const each of [id, other]) await app.calls.endCall(each, COMMAND_LINE);
});

test('an open board shows that the session has ended, and links to the sign-in', async () => {
  const { page } = await enterConsole(browser, app, 'leaving');
  await page.getByText('No calls right now').waitFor();
  await app.sql(`DELETE FROM console_sessions USING users u WHERE u.id = user_id AND u.name = 'leaving'`);
  await page.getByText('signed out of the console').waitFor();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.waitForURL('**/console/sign-in');
});

test('a board that had ended follows again when it is shown, if its user has signed in in another tab', async () => {
  const { page } = await enterConsole(browser, app, 'returning');
  await page.getByText('No calls right now').waitFor();
  await app.sql(`DELETE FROM console_sessions USING users u WHERE u.id = user_id AND u.name = 'returning'`);
  await page.getByText('signed out of the console').waitFor();
  const other = await page.context().newPage();
  await signInTo(other, app, 'returning');
  // Headless browsers never hide a tab.
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
  await page.getByText('No calls right now').waitFor();
});

test('without scripts the board shows ongoing calls, and can end them', async () => {
  const id = await openCall(app, anna);
  const { page } = await enterConsole(browser, app, 'scriptless', { javaScriptEnabled: false });
  await page.locator(`#end-${id}`).click();
  await page.getByLabel('Reason').fill('no script');
  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByText('The call has ended.').waitFor();
  assert.equal(await callOf(page, id).count(), 0);
});

test('the board and the page that hangs up are accessible, valid and fit', async () => {
  const id = await openCall(app, anna);
  const opened = await enterConsole(browser, app, 'viewer');
  for (const path of ['/console', '/console?done=ended', `/console/calls/${id}/end`])
    await assertGoodPage(opened, `${app.url}${path}`);
  await app.calls.endCall(id, COMMAND_LINE);
  await assertGoodPage(opened, `${app.url}/console`);
  await assertGoodPage(opened, `${app.url}/console/calls/${id}/end`);
  await assertGoodPage(opened, `${app.url}/console/calls/unknown/end`, 404);
});
