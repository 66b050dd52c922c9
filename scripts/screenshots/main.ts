import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildApp } from '../../src/app.ts';
import { readConfig } from '../../src/config/config.ts';
import { prepareDemoData } from '../../src/core/demo/demo-data.ts';
import { openDatabase } from '../../src/platform/database/open-database.ts';
import { createLog } from '../../src/platform/http/log.ts';
import { demoRedirectUris } from '../../src/web/demo/demo-redirect-uris.ts';
import { findChromium } from '../../test/browser/chromium.ts';
import { addExamples } from './examples.ts';

/** Makes the pictures of docs/screenshots/, of people and calls that do not exist, on a server of its own. */
const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const WIDTH = 1120;
const PORT = '8888';

const dataDir = mkdtempSync(join(tmpdir(), 'clicktocall-screenshots-'));
const config = readConfig({ PORT, DATA_DIR: dataDir, LOG_LEVEL: 'silent' });
const { database, close } = await openDatabase(config);
const app = await buildApp(config, database, createLog(config.logLevel).logger);
const { users, clients } = app.core.administration;
const redirectUris = demoRedirectUris(config.publicUrl);
await prepareDemoData({ config, database, users, clients, redirectUris });
app.carriers.simulateFiction();
await app.http.listen({ port: config.port, host: config.host });
const browser = await launch();
try {
  await addExamples(database.pool);
  await takeAll(browser);
} finally {
  await browser.close();
  await app.http.close();
  await close();
  rmSync(dataDir, { recursive: true, force: true });
}

function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is missing: npm run test:browser brings it');
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

async function takeAll(browser: Browser): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const url = config.publicUrl;

  const person = await newPage(browser);
  await person.goto(url);
  await person.getByRole('button', { name: 'Sign in as demo' }).click();
  await signIn(person, 'demo');
  await take(person, 'consent', 960);
  await person.getByRole('button', { name: 'Allow' }).click();
  await person.getByRole('button', { name: 'Call +1 202 555 0100' }).click();
  await person.getByText('Connected', { exact: true }).waitFor();
  await take(person, 'try-it', 720);
  await person.goto(`${url}/account`);
  await take(person, 'account');

  const administrator = await newPage(browser);
  await administrator.goto(`${url}/console`);
  await signIn(administrator, 'admin');
  await administrator.getByText('+12025550100').first().waitFor();
  await take(administrator, 'console-board');
  await administrator.goto(`${url}/console/charts`);
  await take(administrator, 'console-charts', 2060);
  await administrator.goto(`${url}/console/calls`);
  await take(administrator, 'console-history');
  await administrator.goto(`${url}/console/audit-log`);
  await take(administrator, 'console-audit-log');
}

async function newPage(browser: Browser): Promise<Page> {
  return browser.newPage({ viewport: { width: WIDTH, height: 760 }, colorScheme: 'light' });
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForLoadState('networkidle').catch(() => {});
}

async function take(page: Page, name: string, height = 760): Promise<void> {
  await page.setViewportSize({ width: WIDTH, height });
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
}
