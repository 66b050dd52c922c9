import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page, Request } from 'playwright-core';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { DEMO_APP, DEMO_NUMBER } from '../../../src/core/demo/demo-data.ts';
import { isHidden, openWindow } from '../../browser/tabs.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, PASSWORD } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { openCall } from '../classic/call.ts';
import { addCaller } from '../console/calls.ts';

const app = await startApp();
const window = await openWindow();
const anna = await addCaller(
  app,
  'anna',
  { limit: 5, numbers: ['+447700900001'] },
  await addClassicClient(app, 'CRM'),
);
await addUser(app, 'ada', { administrator: true });

/** More than the six connections that a browser opens to a server with HTTP/1.1. */
const TABS = 8;

async function openTab(path: string): Promise<Page> {
  const tab = await window.newPage();
  await tab.goto(app.url + path, { timeout: 10_000 });
  return tab;
}

async function signIn(tab: Page, name: string): Promise<void> {
  await tab.getByLabel('User name').fill(name);
  await tab.getByLabel('Password').fill(PASSWORD);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByText('No calls right now').waitFor();
}

for (const [area, path, name] of [
  ['My account', '/account', 'anna'],
  ['the console', '/console', 'ada'],
] as const) {
  test(`eight tabs of ${area} load at once, and a tab that is shown again has the current calls`, async () => {
    const first = await openTab(path);
    await signIn(first, name);
    for (let tab = 2; tab <= TABS; tab++) {
      const page = await openTab(path);
      await page.getByText('No calls right now').waitFor();
    }
    const tabs = window.pages().filter((tab) => tab.url().endsWith(path));
    assert.equal(tabs.length, TABS);
    assert.deepEqual(await Promise.all(tabs.map(isHidden)), [...Array(TABS - 1).fill(true), false]);

    const id = await openCall(app, anna);
    const last = tabs.at(-1) as Page;
    await last.getByText('+44 7700 900123').or(last.getByText('+447700900123')).first().waitFor();
    assert.equal(await first.getByText('No calls right now').count(), 1, 'a hidden tab has no stream');

    await first.bringToFront();
    await first.getByRole(path === '/account' ? 'button' : 'link', { name: /^Hang up/ }).waitFor();
    await app.calls.endCall(id, COMMAND_LINE);
    await first.getByText('No calls right now').waitFor();
    assert.equal(await last.getByText('No calls right now').count(), 0);
    await last.bringToFront();
    await last.getByText('No calls right now').waitFor();
    for (const tab of tabs) await tab.close();
  });
}

test('the page "Try it" has no stream while it is hidden, and resumes after the last event', async () => {
  await app.clients.registerDemoClient(
    { name: 'Demo app', redirectUris: [`${app.url}/`], public: true },
    DEMO_APP,
  );
  await addUser(app, 'demo', { numbers: [DEMO_NUMBER] });
  const page = await openTab('/');
  const streams: Request[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/events')) streams.push(request);
  });
  await page.getByRole('button', { name: 'Sign in as demo' }).click();
  await page.getByLabel('User name').fill('demo');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('button', { name: /^Call \+1/ }).click();
  await page.getByText('Connected', { exact: true }).waitFor();

  const other = await openTab('/signed-out');
  assert.equal(await isHidden(page), true);
  await until('the stream has ended', () => streams.at(-1)?.failure() !== null);
  const [call] = await app.sql<{ id: string }>(
    `SELECT c.id FROM calls c JOIN users u ON u.id = c.user_id WHERE u.name = 'demo'`,
  );
  await app.calls.endCall(call?.id ?? '', COMMAND_LINE);
  assert.equal(streams.length, 1);
  await page.bringToFront();
  await page.getByText('Call ended').waitFor();
  assert.equal(streams.length, 2);
  assert.match((await streams.at(-1)?.allHeaders())?.['last-event-id'] ?? '', /^\d+$/);
  await other.close();
});
