import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import type { Page } from 'playwright-core';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { launchChromium, type Visit, visit } from '../browser/chromium.ts';
import { redirectTo, page as sitePage, startSite } from '../browser/sites.ts';
import { startApp } from '../harness/app.ts';
import { addModernClient, addUser, PASSWORD } from '../harness/people.ts';
import { until } from '../harness/until.ts';
import { configure } from '../web/oauth/modern-walk.ts';

const app = await startApp();
const browser = await launchChromium();
let people = 0;

/** The application, behind a callback that passes the answer on to another origin, and that one to a third. */
const application = await startSite(sitePage('The application'), '::1');
const gateway = await startSite(redirectTo(`${application}/app`), '127.0.0.1');
const callback = await startSite(redirectTo(`${gateway}/gateway`), 'localhost');
/** An application without a detour. */
const onIpv4 = await startSite(sitePage('The application'), '127.0.0.1');
const onIpv6 = await startSite(sitePage('The application'), '::1');
/** Long enough for a busy machine: a second click cancels the request of the first. */
const CLICK_AGAIN_AFTER_MS = 10_000;
const SCHEME = 'com.example.phone:';
const opensInstalled = await startSite(redirectTo(`${SCHEME}/done`), '127.0.0.1');

const REDIRECT_URIS: Readonly<Record<string, string>> = {
  'a callback that redirects to another origin, and that to a third': `${callback}/cb`,
  'http://127.0.0.1:port': `${onIpv4}/cb`,
  'http://[::1]:port': `${onIpv6}/cb`,
};

/** The addresses at which an application sends its user here: the authorization endpoint, and that of the flow of 2012. */
async function requestsFor(redirectUri: string): Promise<string[]> {
  const common = { redirect_uri: redirectUri, response_type: 'code', scope: 'call' };
  const classic = { ...common, client_id: await register(redirectUri, { classic: true }) };
  return [await modernRequest(redirectUri), `${app.url}/oauth/auth?${new URLSearchParams(classic)}`];
}

async function modernRequest(redirectUri: string): Promise<string> {
  const request = new URLSearchParams({
    client_id: await register(redirectUri, { public: true }),
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'call',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  return `${app.url}/oauth/authorize?${request}`;
}

async function register(redirectUri: string, kind: { classic: true } | { public: true }): Promise<string> {
  const registration = { name: 'CRM', redirectUris: [redirectUri], ...kind };
  return (await app.clients.registerClient(registration, COMMAND_LINE)).client.id;
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function newUser(): Promise<string> {
  const name = `person${++people}`;
  await addUser(app, name, { numbers: ['+447700900001'] });
  return name;
}

async function arrives({ page, complaints }: Visit): Promise<void> {
  await page
    .getByRole('heading', { name: 'The application' })
    .waitFor({ timeout: 10_000 })
    .catch(() => {
      assert.fail(`the browser stays at ${page.url()}: ${complaints.join(' ')}`);
    });
  assert.match(page.url(), /[?&]code=/);
  assert.deepEqual(complaints, []);
}

for (const [layout, redirectUri] of Object.entries(REDIRECT_URIS)) {
  const requests = await requestsFor(redirectUri);
  suite(`${layout}:`, () => {
    for (const request of requests) {
      test(`"Allow" of ${new URL(request).pathname} leads to the application; so does "Sign in" where it was allowed before`, async () => {
        const name = await newUser();
        const first = await visit(browser);
        await first.page.goto(request);
        await signIn(first.page, name);
        await first.page.getByRole('button', { name: 'Allow' }).click();
        await arrives(first);

        const second = await visit(browser);
        await second.page.goto(request);
        await signIn(second.page, name);
        await arrives(second);
      });
    }
  });
}

for (const [layout, redirectUri] of [
  ['an installed application', `${SCHEME}/cb`],
  ['a callback that opens an installed application', `${opensInstalled}/cb`],
] as const) {
  test(`${layout} is opened by its scheme, and the page can be used again`, async () => {
    const name = await newUser();
    const { page, complaints } = await visit(browser);
    const opened: string[] = [];
    page.on('request', (request) => {
      if (request.url().startsWith(SCHEME)) opened.push(request.url());
    });
    await page.goto(await modernRequest(redirectUri));
    await signIn(page, name);
    await page.getByRole('button', { name: 'Allow' }).click();
    await until('Chromium opens the application', () => opened.length > 0 || complaints.length > 0);
    assert.deepEqual(complaints, []);
    assert.match(opened[0] ?? '', /^com\.example\.phone:\/(cb|done)\?code=/);

    // Chromium cancels a request that begins while it still hands the first one to the system, so the person clicks again.
    const answered = page.getByRole('heading', { name: 'You have already answered' });
    const clickAgain = async () => {
      await page.evaluate(`dispatchEvent(new Event('focus'))`); // as when the person returns from the application
      await page.getByRole('button', { name: 'Allow' }).click();
      return answered.waitFor({ timeout: CLICK_AGAIN_AFTER_MS }).then(
        () => true,
        () => false,
      );
    };
    await until('the page is used again', clickAgain, 60);
    await page.getByRole('link', { name: /to CRM|with CRM/ }).waitFor();
  });
}

test('the pages of a device work, and its consent page redirects', async () => {
  const config = await configure(app, await addModernClient(app));
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  const name = await newUser();
  const { page, complaints } = await visit(browser);
  await page.goto(device.verification_uri);
  await page.getByLabel('Code').fill(device.user_code);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Yes, it shows this code' }).click();
  await signIn(page, name);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'Connected' }).waitFor();
  assert.deepEqual(complaints, []);
});
