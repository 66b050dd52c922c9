import assert from 'node:assert/strict';
import type { TestApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { type ClassicClient, PASSWORD } from '../../harness/people.ts';

export type Parameters = Record<string, string>;

/** What every step of the 2012 flows carries, in the documented order. */
export function parametersOf(
  client: ClassicClient,
  responseType: 'code' | 'token',
  further: Parameters = {},
): Parameters {
  return {
    client_id: client.id,
    response_type: responseType,
    redirect_uri: client.redirectUri,
    scope: 'call',
    ...further,
  };
}

export function withQuery(path: string, parameters: Parameters): string {
  return `${path}?${new URLSearchParams(parameters)}`;
}

export function credentials(userName: string): Parameters {
  return { username: userName, password: PASSWORD };
}

/** A browser in which the user has signed in by the documented POST. */
export async function signedInBrowser(
  app: TestApp,
  client: ClassicClient,
  userName: string,
): Promise<Browser> {
  const browser = new Browser(app.url);
  const answer = await browser.post('/auth/login', {
    ...parametersOf(client, 'code'),
    ...credentials(userName),
  });
  assert.equal(answer.status, 303, answer.text);
  return browser;
}

/** Whether the browser is signed in, by the documented sign: the sign-in page sends it on to the grant page. */
export async function isSignedIn(browser: Browser, client: ClassicClient): Promise<boolean> {
  const { status } = await browser.get(withQuery('/auth/login', parametersOf(client, 'code')));
  return status === 303;
}

/** A code by the documented application flow. */
export async function classicCode(app: TestApp, client: ClassicClient, userName: string): Promise<string> {
  const browser = await signedInBrowser(app, client, userName);
  const answer = await browser.post('/auth/grant', { ...parametersOf(client, 'code'), grant: 'true' });
  const code = new URL(answer.location).searchParams.get('code');
  assert.ok(code, `no code: ${answer.status} ${answer.text}`);
  return code;
}

/** The documented way to redeem a code. */
export function redeem(
  app: Pick<TestApp, 'url'>,
  client: ClassicClient,
  code: string,
  further: Parameters = {},
): Promise<Answer> {
  const parameters = {
    client_id: client.id,
    client_secret: client.secret,
    code,
    redirect_uri: client.redirectUri,
    grant_type: 'authorization_code',
    ...further,
  };
  return new Browser(app.url).get(withQuery('/oauth/token', parameters));
}

export function fragmentOf(address: string): URLSearchParams {
  return new URLSearchParams(new URL(address).hash.slice(1));
}

/** All cookies that an answer sets, signatures too, as a `Cookie` header; '' when it sets none. */
export function cookiesOf(answer: Answer): string {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}
