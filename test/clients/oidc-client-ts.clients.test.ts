import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium } from '../browser/chromium.ts';
import { startSite } from '../browser/sites.ts';
import { bearer, PASSWORD } from '../harness/people.ts';
import { testFlows } from './flows.ts';
import { placeCall } from './place-call.ts';
import { PROGRAMS } from './program.ts';
import { openRoom } from './room.ts';

const LIBRARY = createRequire(import.meta.url)
  .resolve('oidc-client-ts')
  .replace(/dist.*$/, 'dist/browser/oidc-client-ts.min.js');
const FILES: Readonly<Record<string, string>> = {
  '/library.js': readFileSync(LIBRARY, 'utf8'),
  '/app.js': readFileSync(join(PROGRAMS, 'oidc-client-ts.js'), 'utf8'),
};

const room = await openRoom();
const browser = await launchChromium();

/** @param host `localhost` is the site of the server; `127.0.0.1` is another one */
async function startApplication(host: 'localhost' | '127.0.0.1') {
  const origin = await startSite(({ url = '/' }, response) => {
    const script = FILES[url];
    const type = script === undefined ? 'text/html' : 'text/javascript';
    const settings = `const ISSUER = '${room.app.url}', CLIENT_ID = '${registered.client.id}';`;
    const scripts = `<script>${settings}</script><script src="/library.js"></script><script src="/app.js"></script>`;
    response
      .writeHead(200, { 'content-type': type })
      .end(script ?? `<!doctype html><title>App</title>${scripts}`);
  }, host);
  const registered = await room.register({
    public: true,
    redirectUris: [`${origin}/callback`],
    postLogoutRedirectUris: [`${origin}/`],
  });
  return { origin, registered };
}

const { origin, registered } = await startApplication('localhost');
const page = await (await browser.newContext()).newPage();

async function signIn(window: Page): Promise<void> {
  await window.getByLabel('User name').fill('anna');
  await window.getByLabel('Password').fill(PASSWORD);
  await window.getByRole('button', { name: 'Sign in' }).click();
}

async function signInByRedirect(window: Page, application: string): Promise<void> {
  await window.goto(application);
  await window.evaluate('void manager.signinRedirect()');
  await signIn(window);
  await window.getByRole('button', { name: 'Allow' }).click();
  await window.waitForURL(`${application}/`);
}

const readToken = () => page.evaluate<string>('manager.getUser().then(({ access_token }) => access_token)');

testFlows(
  'oidc-client-ts',
  room,
  registered,
  async () => {
    await signInByRedirect(page, origin);
    const claims = await page.evaluate('manager.getUser().then(({ profile }) => profile)');
    const before = await readToken();
    const token = await page.evaluate<string>(
      'manager.signinSilent().then(({ access_token }) => access_token)',
    );
    const userinfo = await page.evaluate(`manager.metadataService.getUserInfoEndpoint()
      .then((address) => fetch(address, { headers: { authorization: 'Bearer ${token}' } }))
      .then((answer) => answer.json())`);
    return { claims, userinfo, refreshed: token !== before, call: await placeCall(room.app, token) };
  },
  {
    async popup() {
      const [popup] = await Promise.all([
        page.waitForEvent('popup'),
        page.evaluate(`void (globalThis.signedIn = manager.signinPopup({ prompt: 'login' }))`),
      ]);
      await signIn(popup);
      const subject = await page.evaluate('signedIn.then(({ profile }) => profile.sub)');
      assert.equal(subject, room.subject);
    },
    async 'silent renewal'() {
      assert.equal(await page.evaluate('renewInFrame().then(({ profile }) => profile.sub)'), room.subject);
      const other = await startApplication('127.0.0.1');
      const there = await (await browser.newContext()).newPage();
      await signInByRedirect(there, other.origin);
      assert.equal(await there.evaluate('renewInFrame().catch(({ error }) => error)'), 'login_required');
      const renewed = await there.evaluate('manager.signinSilent().then(({ profile }) => profile.sub)');
      assert.equal(renewed, room.subject);
    },
    async revocation() {
      const token = await readToken();
      await page.evaluate('manager.revokeTokens()');
      assert.equal((await fetch(`${room.app.url}/rest/call`, { headers: bearer(token) })).status, 401);
    },
    async 'sign-out'() {
      await page.evaluate('void manager.signoutRedirect()');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${origin}/`);
      assert.equal(await page.evaluate('manager.getUser()'), null);
      await page.goto(`${room.app.url}/account`);
      await page.getByLabel('Password').waitFor();
    },
  },
);
