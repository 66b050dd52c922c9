import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { launchChromium, visit } from '../browser/chromium.ts';
import { page as sitePage, startSite } from '../browser/sites.ts';
import { assertGoodPage } from '../browser/views.ts';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, classicToken, PASSWORD } from '../harness/people.ts';
import { until } from '../harness/until.ts';
import { openCall } from '../web/classic/call.ts';

const app = await startApp();
const browser = await launchChromium();
const SCRIPT = `"><img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;
const redirectUri = `${await startSite(sitePage('The application'))}/test`;
const { client } = await app.clients.registerClient(
  { name: `CRM ${SCRIPT}`.slice(0, 100), redirectUris: [redirectUri], public: true },
  COMMAND_LINE,
);
const READ = 'click-to-dial:calls:read';
const CREATE = 'click-to-dial:calls:create';

/** Signs in where the application sends somebody, up to the question whether they allow it. */
async function askedBy(page: Page, name: string, scope = `${CREATE} ${READ}`): Promise<void> {
  await addUser(app, name, { numbers: ['+447700900001'] });
  const ask = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  await page.goto(`${app.url}/oauth/authorize?${ask}`);
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).waitFor();
}

async function grantedTo(name: string): Promise<string[] | undefined> {
  const [grant] = await app.sql<{ scopes: string[] }>(
    'SELECT scopes FROM grants WHERE user_id = (SELECT id FROM users WHERE name = $1)',
    [name],
  );
  return grant?.scopes.toSorted();
}

test('a user who allows returns with a code', async () => {
  const { page, complaints } = await visit(browser);
  await askedBy(page, 'allowing');
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/test\?code=/);
  assert.deepEqual(await grantedTo('allowing'), [CREATE, READ]);
  assert.deepEqual(complaints, []);
});

test('a user who denies returns without a code, and has granted nothing', async () => {
  const { page } = await visit(browser);
  await askedBy(page, 'refusing');
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.waitForURL(/\/test\?error=access_denied/);
  assert.equal(await grantedTo('refusing'), undefined);
});

test('cleared scopes are not granted; without any the form is shown again', async () => {
  const { page } = await visit(browser);
  await askedBy(page, 'choosing');
  const boxes = page.getByRole('checkbox');
  for (const box of await boxes.all()) await box.uncheck();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('alert').waitFor();
  await page.locator(`input[value="${READ}"]`).check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/test\?code=/);
  assert.deepEqual(await grantedTo('choosing'), [READ]);
});

test('Allow and Deny look the same', async () => {
  const { page } = await visit(browser);
  await askedBy(page, 'weighing');
  const looks = await page.evaluate<
    string[]
  >(`[...document.querySelectorAll('button[name=grant]')].map((button) => {
    const { width, height } = button.getBoundingClientRect();
    const { backgroundColor, color, borderColor, fontWeight, fontSize } = getComputedStyle(button);
    return JSON.stringify({ width, height, backgroundColor, color, borderColor, fontWeight, fontSize });
  })`);
  assert.equal(looks.length, 2);
  assert.equal(looks[0], looks[1]);
});

test('the consent page shows a hostile name as text', async () => {
  const { page } = await visit(browser);
  await askedBy(page, 'attacked');
  assert.match(await page.title(), /^Allow CRM/);
  await page.getByRole('heading', { name: 'onerror' }).waitFor();
});

test('calls appear and disappear live; removing access ends them at once', async () => {
  const classic = await addClassicClient(app, `Hostile ${SCRIPT}`.slice(0, 100));
  await addUser(app, 'owner', { numbers: ['+447700900001'] });
  const token = await classicToken(app, classic, 'owner');
  const { page, complaints } = await visit(browser);
  await page.goto(`${app.url}/account`);
  await page.getByLabel('User name').fill('owner');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('No calls right now').waitFor();

  await openCall(app, token);
  await page.getByText('1 of 2').waitFor();
  await page.getByRole('button', { name: /^Hang up/ }).click();
  await page.getByText('No calls right now').waitFor();

  const id = await openCall(app, token);
  await page.getByText('1 of 2').waitFor();
  await page.getByRole('link', { name: 'Applications' }).click();
  await page.getByRole('button', { name: /^Remove access/ }).click();
  await page.getByText('You have not allowed any application yet').waitFor();
  await until('the call has ended', async () => {
    const [call] = await app.sql<{ endedBy: string }>(
      'SELECT ended_by AS "endedBy" FROM calls WHERE id = $1',
      [id],
    );
    return call?.endedBy === 'revocation';
  });
  assert.match(await page.title(), /Applications|My/);
  assert.deepEqual(complaints, []);
});

test('the pages of the person are accessible, valid and fit', async () => {
  const opened = await visit(browser);
  const name = 'viewer';
  await askedBy(opened.page, name, `openid profile phone offline_access call ${CREATE} ${READ}`);
  await app.sql(
    `UPDATE users SET sip_address = 'sip:' || repeat('a-name-without-end-', 11) || '@pbx' WHERE name = $1`,
    [name],
  );
  await assertGoodPage(opened, opened.page.url());
  await opened.page.getByRole('button', { name: 'Allow' }).click();
  await opened.page.waitForURL(/\/test\?code=/);
  const classic = await addClassicClient(app, `Other ${SCRIPT}`.slice(0, 100));
  await openCall(app, await classicToken(app, classic, name));
  for (const path of [
    '/account',
    '/account/history',
    '/account/applications',
    '/account/security',
    '/auth/logout',
  ])
    await assertGoodPage(opened, app.url + path);
});

test('"Back" after "Allow" says what happened, and leads to the application', async () => {
  const opened = await visit(browser);
  const { page } = opened;
  await askedBy(page, 'returning');
  const consent = page.url();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/test\?code=/);
  await page.goBack();
  await page.getByText('You have already answered this step of the sign-in.').waitFor();
  await assertGoodPage(opened, consent, 409);
  await page.getByRole('link', { name: 'Back to CRM' }).click();
  await page.getByRole('heading', { name: 'The application' }).waitFor();
  assert.equal(page.url(), `${new URL(redirectUri).origin}/`);
});

test('a consent page that has expired begins the sign-in again', async () => {
  const opened = await visit(browser);
  const { page } = opened;
  await askedBy(page, 'late');
  const late = page.url();
  await app.sql(
    `UPDATE artifacts SET expires_at = now(), payload = payload || '{"exp": 1}' WHERE model = 'Interaction'`,
  );
  await assertGoodPage(opened, late, 400);
  await page.getByRole('link', { name: 'Continue with CRM' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/test\?code=/);
});

test('everything but live updates works without scripts', async () => {
  const { page } = await visit(browser, { javaScriptEnabled: false });
  await askedBy(page, 'plain');
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/test\?code=/);
  const classic = await addClassicClient(app, 'Plain');
  await openCall(app, await classicToken(app, classic, 'plain'));
  await page.goto(`${app.url}/account`);
  await page.getByRole('button', { name: /^Hang up/ }).click();
  await page.getByText('No calls right now').waitFor();
});
