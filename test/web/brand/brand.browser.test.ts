import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { launchChromium, type Visit, visit } from '../../browser/chromium.ts';
import { assertFits } from '../../browser/inspect.ts';
import { assertGoodPage } from '../../browser/views.ts';
import { startApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { png } from '../../harness/images.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'brand-'));
afterFile(() => rmSync(folder, { recursive: true }));
const WIDE = join(folder, 'wide.png');
writeFileSync(WIDE, png(512, 40));

const LONG_NAME = 'Wohnungsbaugenossenschaftsverwaltungsgesellschaft Beispielhausen';
const app = await startApp();
const browser = await launchChromium();
await addUser(app, 'ada', { administrator: true });

async function signIn({ page }: Visit): Promise<void> {
  await page.goto(`${app.url}/console/sign-in`);
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/console$/);
}

test('a brand is set up in the console, and no page that shows it breaks', async () => {
  const opened = await visit(browser);
  const { page } = opened;
  await signIn(opened);
  await assertGoodPage(opened, `${app.url}/console/brand`);

  await page.getByLabel('Name', { exact: true }).fill(LONG_NAME);
  await page.getByLabel('Accent colour', { exact: true }).fill('#ffcc00');
  await page.getByLabel('Support: text').fill('Help desk');
  await page.getByLabel('Support: link').fill('https://help.example.com');
  await page.getByLabel('Legal links').fill('Privacy policy https://example.com/privacy');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('#ffcc00 is darkened to').waitFor();
  await assertGoodPage(opened, `${app.url}/console/brand`);

  const stranger = await visit(browser);
  for (const path of ['/sign-in', '/oauth/device', '/errors']) await assertGoodPage(stranger, app.url + path);
  await stranger.page.setViewportSize({ width: 360, height: 740 });
  await assertFits(stranger.page);

  await page.getByLabel('File of the image: Logo', { exact: true }).setInputFiles(WIDE);
  await page.getByRole('button', { name: 'Upload: Logo', exact: true }).click();
  await page.getByRole('button', { name: 'Remove: Logo' }).waitFor();
  await assertGoodPage(opened, `${app.url}/console/brand`);
  for (const path of ['/sign-in', '/oauth/device', '/signed-out'])
    await assertGoodPage(stranger, app.url + path);
  await stranger.page.getByRole('img', { name: LONG_NAME }).waitFor();
  assert.equal(await stranger.page.evaluate('document.querySelector("header img").naturalWidth'), 512);
  await stranger.page.setViewportSize({ width: 360, height: 740 });
  await assertFits(stranger.page);
});

test('a wrong colour is refused with a message, and the page stays good', async () => {
  const opened = await visit(browser);
  const { page } = opened;
  await signIn(opened);
  await page.goto(`${app.url}/console/brand`);
  await page.getByLabel('Accent colour', { exact: true }).fill('teal');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The accent colour must be').waitFor();
  assert.equal(await page.getByLabel('Accent colour', { exact: true }).inputValue(), 'teal');
});
