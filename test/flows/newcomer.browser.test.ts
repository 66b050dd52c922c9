import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchChromium, visit } from '../browser/chromium.ts';
import { assertGoodPage } from '../browser/views.ts';
import { startServer, temporaryFolder } from '../harness/server-process.ts';

const server = await startServer({ DATA_DIR: temporaryFolder() });
const browser = await launchChromium();

test('a newcomer with only the terminal and the page makes a first call and ends it', async () => {
  const [, address = ''] = /Next: open this page.*\n +(\S+)/.exec(server.stdout()) ?? [];
  const { page, complaints } = await visit(browser);
  await page.goto(address);
  await page.getByRole('button', { name: 'Sign in as demo' }).click();
  await page.getByLabel('User name').fill('demo');
  await page.getByLabel('Password').fill('demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('button', { name: 'Call +1 202 555 0100' }).click();
  await page.getByText('Connected', { exact: true }).waitFor();
  assert.equal(page.url(), address, 'neither code nor token is left in the address');
  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByText('Call ended').waitFor();
  assert.deepEqual(complaints, []);
});

test('a newcomer who denies access sees so, and can still sign in', async () => {
  const { page } = await visit(browser);
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Sign in as demo' }).click();
  await page.getByLabel('User name').fill('demo2');
  await page.getByLabel('Password').fill('demo2');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'Sign in as demo' }).waitFor();
});

test('the test page shows the token that the flow of 2012 put into the fragment, and removes it from the address', async () => {
  const [, address = ''] = /API of 2012, open:\n +(\S+)/.exec(server.stdout()) ?? [];
  const { page, complaints } = await visit(browser);
  await page.goto(address);
  await page.getByLabel('User name').fill('demo');
  await page.getByLabel('Password').fill('demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('"token_type": "Bearer"').waitFor();
  assert.equal(page.url(), `${server.url}/test`);
  await page.goto('about:blank'); // otherwise only the fragment changes
  await page.goto(`${server.url}/test#access_token=Call-us&message=now`);
  await page.waitForURL(`${server.url}/test`);
  assert.equal(await page.locator('#received').innerText(), '{}');
  assert.deepEqual(complaints, []);
});

for (const path of ['/', '/test?error=access_denied']) {
  test(`the newcomer’s page ${path} is accessible, valid and fits`, async () => {
    await assertGoodPage(await visit(browser), server.url + path);
  });
}
