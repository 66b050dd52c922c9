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

export const MODERN_REDIRECT_URI = 'http://localhost:5555/cb';

export function addModernClient(
  app: TestApp,
  given: { public?: boolean; origins?: string[] } = {},
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
): Promise<string> {
  const browser = new Browser(app.url);
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

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
