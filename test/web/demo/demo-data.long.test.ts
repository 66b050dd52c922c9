import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { prepareDemoData } from '../../../src/core/demo/demo-data.ts';
import { demoRedirectUris } from '../../../src/web/demo/demo-redirect-uris.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { bearer } from '../../harness/people.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../../harness/server-process.ts';
import { until } from '../../harness/until.ts';
import { openCall, type ShownCall, stopCall } from '../classic/call.ts';

const HANGS_UP = '+12025550131';
const NOT_FICTIONAL = '+447700900123';

/** What the page does, with the person's part in between. */
async function signIn(url: string): Promise<{ scope: string }> {
  const page = await new Browser(url).get('/', { accept: 'text/html' });
  const [, scope = ''] = /data-scope="([^"]*)"/.exec(page.text) ?? [];
  const verifier = randomBytes(32).toString('base64url');
  const asked = new URLSearchParams({
    client_id: 'demo-app',
    response_type: 'code',
    redirect_uri: `${url}/`,
    scope,
    state: 'some',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const browser = new Browser(url);
  const { location: signInPage } = await browser.get(`/oauth/authorize?${asked}`);
  const signedIn = await browser.post(signInPage, { username: 'demo', password: 'demo' });
  let answer = await browser.get(signedIn.location);
  for (let hop = 0; hop < 8 && !answer.location.startsWith(`${url}/?`); hop++) {
    answer = answer.location.includes('/interaction/')
      ? await browser.post(answer.location, { grant: 'true' })
      : await browser.get(answer.location);
  }
  const back = new URL(answer.location).searchParams;
  assert.deepEqual([back.get('state'), back.get('iss')], ['some', url]);
  const redeemed = await browser.post('/oauth/token', {
    grant_type: 'authorization_code',
    client_id: 'demo-app',
    code: back.get('code') ?? '',
    redirect_uri: `${url}/`,
    code_verifier: verifier,
  });
  assert.equal(redeemed.status, 200, redeemed.text);
  return redeemed.json();
}

async function classicDemoToken(url: string): Promise<string> {
  const browser = new Browser(url);
  const ask = {
    client_id: 'demo-classic',
    response_type: 'token',
    redirect_uri: `${url}/test`,
    scope: 'call',
  };
  await browser.post('/auth/login', { ...ask, username: 'demo', password: 'demo' });
  const { location } = await browser.post('/auth/grant', { ...ask, grant: 'true' });
  return /access_token=([^&]+)/.exec(location)?.[1] ?? '';
}

const DATA_DIR = temporaryFolder();

for (const [start, env] of [
  ['the first start', {}],
  ['a further start, at another port', { CARRIER: 'session' }],
] as const) {
  suite(`with demo data, ${start}`, () => {
    let server: ServerProcess;
    before(async () => {
      server = await startServer({ DATA_DIR, ...env });
    });
    after(() => server.stop());

    test('says the address of the page, to which demo-app returns', async () => {
      assert.match(server.stdout(), new RegExp(`Next: open this page.*\\n +${server.url}/\\n`));
      assert.match((await signIn(server.url)).scope, /calls:create/);
    });

    test('simulates the fictional numbers, and these alone', async () => {
      const token = await classicDemoToken(server.url);
      const headers = bearer(token);
      const infoOf = async (id: string) => {
        const answer = await fetch(`${server.url}/rest/call?token_call=${id}`, { headers });
        return ((await answer.json()) as ShownCall).info;
      };
      const real = await openCall(server, token, NOT_FICTIONAL);
      assert.equal((await infoOf(real)).state, 'connected', 'nothing is signalled');
      const simulated = await openCall(server, token, HANGS_UP);
      assert.notEqual((await infoOf(simulated)).state, 'connected', 'the phones ring first');
      await until('it hangs up by itself', async () => (await infoOf(simulated)).state === 'disconnected');
      assert.equal((await infoOf(real)).state, 'connected');
      await stopCall(server, token, real);
    });
  });
}

test('two servers on one data folder, at different ports, both serve the demo applications', async () => {
  const servers = [await startServer({ DATA_DIR }), await startServer({ DATA_DIR })];
  for (const { url } of servers) {
    assert.match((await signIn(url)).scope, /calls:create/, url);
    assert.ok(await classicDemoToken(url), url);
  }
  for (const server of servers) await server.stop();
});

test('the demo applications return to the last servers that started, as many as redirect URIs allow', async () => {
  const app = await startApp();
  const { users, clients, database } = app;
  const config = { databaseUrl: undefined, production: false, loopback: true };
  const urls = Array.from({ length: 22 }, (_, index) => `http://localhost:${9000 + index}`);
  const first = urls[0] ?? '';
  // The first server starts once more before the last two do.
  const starts = [...urls.slice(0, 20), first, first, ...urls.slice(20)];
  for (const url of starts) {
    const redirectUris = demoRedirectUris(url);
    assert.equal(await prepareDemoData({ config, database, users, clients, redirectUris }), true);
  }
  const expected = [...urls.slice(1, 20), first, ...urls.slice(20)].map(demoRedirectUris);
  const { metadata: modern } = await clients.findClient('demo-app');
  assert.deepEqual(
    modern['redirect_uris'],
    expected.slice(-6).flatMap((uris) => uris.modern),
  );
  const { metadata: classic } = await clients.findClient('demo-classic');
  assert.deepEqual(
    classic['redirect_uris'],
    expected.slice(-20).flatMap((uris) => uris.classic),
  );
});
