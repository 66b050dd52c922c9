import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Browser } from '../../harness/browser.ts';
import { startServer, temporaryFolder } from '../../harness/server-process.ts';

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

test('the page’s own address is one that demo-app returns to, on the first start and on every further one', async () => {
  const DATA_DIR = temporaryFolder();
  for (const _ of ['first', 'further, at another port']) {
    const server = await startServer({ DATA_DIR });
    assert.match(server.stdout(), new RegExp(`Next: open this page.*\\n +${server.url}/\\n`));
    assert.match((await signIn(server.url)).scope, /calls:create/);
    await server.stop();
  }
});
