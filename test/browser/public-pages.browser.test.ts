import { test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, PASSWORD } from '../harness/people.ts';
import { launchChromium, visit } from './chromium.ts';
import { assertGoodPage } from './views.ts';

const app = await startApp();
const browser = await launchChromium();
const client = await addClassicClient(app, 'My CRM');
await addUser(app, 'anna', { numbers: ['+447700900001'] });

const ask = new URLSearchParams({
  client_id: client.id,
  response_type: 'code',
  redirect_uri: client.redirectUri,
  scope: 'call',
});

/** What strangers see, and the status that comes with it. */
const PAGES: readonly (readonly [string, number])[] = [
  ['/', 200],
  [`/auth/login?${ask}`, 200],
  ['/auth/login?client_id=nobody', 400],
  ['/errors', 200],
  ['/sign-in', 200],
  ['/signed-out', 200],
  ['/oauth/device', 200],
  ['/nowhere', 404],
  ['/oauth/authorize?client_id=nobody', 400],
];

for (const [path, status] of PAGES) {
  test(`${path.split('?')[0]} (${status}) is accessible, valid and fits`, async () => {
    await assertGoodPage(await visit(browser), `${app.url}${path}`, status);
  });
}

test('the consent page is accessible, valid and fits', async () => {
  const opened = await visit(browser);
  const { page } = opened;
  await page.goto(`${app.url}/auth/login?${ask}`);
  await page.getByLabel('User name').fill('anna');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await assertGoodPage(opened, page.url());
});
