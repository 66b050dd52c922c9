import { createHash, randomBytes } from 'node:crypto';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import type { TestApp } from './app.ts';
import { Browser } from './browser.ts';

/** The password of all users; easy to recognise in a failure. */
export const PASSWORD = 'correct horse';

export async function addUser(
  app: TestApp,
  name: string,
  given: { limit?: number; administrator?: boolean; numbers?: string[]; sipAddress?: string } = {},
): Promise<void> {
  const { limit = 2, ...rest } = given;
  await app.users.addUser({ name, password: PASSWORD, maxOngoingCalls: limit, ...rest }, COMMAND_LINE);
}

export interface ClassicClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

export async function addClassicClient(app: TestApp, name = 'Classic'): Promise<ClassicClient> {
  const redirectUri = `${app.url}/test`;
  const registered = await app.clients.registerClient(
    { name, redirectUris: [redirectUri], classic: true },
    COMMAND_LINE,
  );
  return { id: registered.client.id, secret: registered.secret ?? '', redirectUri };
}

/** The demo client of the classic API, for which the test page exists. */
export async function addDemoClient(app: TestApp): Promise<ClassicClient> {
  const [id, secret, redirectUri] = ['demo-classic', 'demo-classic-secret', `${app.url}/test`];
  await app.clients.registerDemoClient(
    { name: 'Demo (classic)', redirectUris: [redirectUri], classic: true },
    id,
    secret,
  );
  return { id, secret, redirectUri };
}

export const MODERN_REDIRECT_URI = 'http://localhost:5555/cb';

export function addModernClient(
  app: TestApp,
  given: { name?: string; public?: boolean; origins?: string[] } = {},
): Promise<RegisteredClient> {
  return app.clients.registerClient(
    { name: 'Modern', redirectUris: [MODERN_REDIRECT_URI], ...given },
    COMMAND_LINE,
  );
}

/** Gets a token with the implicit flow of the classic API: signs in, grants, and reads the fragment. */
export async function classicToken(
  app: TestApp,
  client: ClassicClient,
  userName: string,
  scope = 'call',
  browser = new Browser(app.url),
): Promise<string> {
  const parameters = {
    client_id: client.id,
    response_type: 'token',
    redirect_uri: client.redirectUri,
    scope,
  };
  await browser.post('/auth/login', { ...parameters, username: userName, password: PASSWORD });
  const answer = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
  const token = new URLSearchParams(new URL(answer.location).hash.slice(1)).get('access_token');
  if (!token) throw new Error(`no token: ${answer.status} ${answer.location} ${answer.text}`);
  return token;
}

/** Gets a token with the authorization code flow: signs in, grants, and redeems the code. */
export async function modernToken(
  app: Pick<TestApp, 'url'>,
  { client, secret }: RegisteredClient,
  userName: string,
  scope = 'call',
  browser = new Browser(app.url),
): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: MODERN_REDIRECT_URI,
    scope,
    prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  let { location } = await browser.get(`${app.url}/oauth/authorize?${parameters}`);
  const form = { username: userName, password: PASSWORD, grant: 'true' };
  while (location.startsWith(app.url)) {
    const isForm = location.includes('/interaction/');
    ({ location } = isForm ? await browser.post(location, form) : await browser.get(location));
  }
  const answer = await fetch(`${app.url}/oauth/token`, {
    method: 'POST',
    ...(secret !== undefined && { headers: { authorization: `Basic ${btoa(`${client.id}:${secret}`)}` } }),
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client.id,
      code: new URL(location).searchParams.get('code') ?? '',
      redirect_uri: MODERN_REDIRECT_URI,
      code_verifier: verifier,
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (!token) throw new Error(`no token: ${answer.status} ${location}`);
  return token;
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
