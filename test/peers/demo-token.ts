import { createHash, randomBytes } from 'node:crypto';
import { DEMO_APP } from '../../src/core/demo/demo-data.ts';
import { Browser } from '../harness/browser.ts';

/** Authorization code with PKCE, as an application gets it; a script signs in and allows in the person's place. */
export async function getToken(url: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const redirectUri = `${url}/test`;
  const asked = new URLSearchParams({
    ...{ client_id: DEMO_APP, redirect_uri: redirectUri, response_type: 'code', scope: 'call' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const browser = new Browser(url);
  let answer = await browser.get(`/oauth/authorize?${asked}`);
  for (const form of [{ username: 'demo', password: 'demo' }, { grant: 'true' }]) {
    const page = answer.location;
    answer = await browser.post(page, form);
    while (answer.location.includes('/oauth/authorize')) answer = await browser.get(answer.location);
  }
  const code = new URL(answer.location).searchParams.get('code') ?? '';
  const redeemed = await browser.post('/oauth/token', {
    ...{ grant_type: 'authorization_code', client_id: DEMO_APP, redirect_uri: redirectUri },
    ...{ code, code_verifier: verifier },
  });
  const { access_token: token } = redeemed.json<{ access_token?: string }>();
  if (token === undefined) throw new Error(`no token: ${redeemed.text}`);
  return token;
}
