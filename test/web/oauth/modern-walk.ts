import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import type { RegisteredClient } from '../../../src/core/clients/client-service.ts';
import type { TestApp } from '../../harness/app.ts';
import { type Answer, Browser, type Form as SentForm } from '../../harness/browser.ts';
import { addUser, bearer, MODERN_REDIRECT_URI, PASSWORD } from '../../harness/people.ts';

/** Somebody with a browser of their own; signed in as soon as a walk has asked for it. */
export interface Person {
  readonly name: string;
  readonly browser: Browser;
}

export async function addPerson(
  app: TestApp,
  name: string,
  given: { administrator?: boolean } = {},
): Promise<Person> {
  await addUser(app, name, given);
  return { name, browser: new Browser(app.url) };
}

/** openid-client for one of the application's clients, set up from the server's metadata alone. */
export function configure(
  app: TestApp,
  { client, secret }: RegisteredClient,
  authentication = secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret),
  algorithm: 'oauth2' | 'oidc' = 'oauth2',
): Promise<oauth.Configuration> {
  return oauth.discovery(new URL(app.url), client.id, undefined, authentication, {
    algorithm,
    execute: [oauth.allowInsecureRequests],
  });
}

/** Where the walk ended: at the client's redirect URI, and what of the pages was seen on the way. */
export interface Walked {
  readonly callback: URL;
  readonly prompts: readonly string[];
}

/** Goes through redirects and pages as a scripted client may: signs in when asked, and grants what is asked. */
export async function walk({ name, browser }: Person, start: URL | string): Promise<Walked> {
  const prompts: string[] = [];
  let address = String(start);
  const here = new URL(address).origin;
  let answer = await browser.get(address);
  for (let step = 0; step < 12; step++) {
    if (answer.location !== '') {
      address = answer.location;
      if (new URL(address).origin !== here) return { callback: new URL(address), prompts };
      answer = await browser.get(address);
      continue;
    }
    assert.equal(answer.status, 200, answer.text);
    const { prompt } = answer.json<{ prompt: string }>();
    prompts.push(prompt);
    const form = prompt === 'login' ? { username: name, password: PASSWORD } : { grant: 'true' };
    answer = await browser.post(address, form);
  }
  throw new Error(`the walk goes in circles: ${address}`);
}

/** An authorization response, with what is needed to redeem it. */
export interface Authorized extends Walked {
  readonly verifier: string;
}

export async function authorizationUrl(
  config: oauth.Configuration,
  parameters: Record<string, string> = {},
): Promise<{ url: URL; verifier: string }> {
  const { verifier, asked } = await authorizationParameters(parameters);
  return { url: oauth.buildAuthorizationUrl(config, asked), verifier };
}

/** The same, its parameters pushed (RFC 9126). */
export async function pushedAuthorizationUrl(
  config: oauth.Configuration,
  parameters: Record<string, string> = {},
): Promise<{ url: URL; verifier: string }> {
  const { verifier, asked } = await authorizationParameters(parameters);
  return { url: await oauth.buildAuthorizationUrlWithPAR(config, asked), verifier };
}

async function authorizationParameters(parameters: Record<string, string>) {
  const verifier = oauth.randomPKCECodeVerifier();
  const asked = {
    redirect_uri: MODERN_REDIRECT_URI,
    scope: 'call',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  };
  return { verifier, asked };
}

export async function authorize(
  config: oauth.Configuration,
  person: Person,
  parameters: Record<string, string> = {},
): Promise<Authorized> {
  const { url, verifier } = await authorizationUrl(config, parameters);
  return { ...(await walk(person, url)), verifier };
}

export interface Tokens {
  readonly access: string;
  /** '' without one. */
  readonly refresh: string;
  readonly scope: string | undefined;
}

export async function redeem(
  config: oauth.Configuration,
  { callback, verifier }: Pick<Authorized, 'callback' | 'verifier'>,
): Promise<Tokens> {
  return tokensOf(await oauth.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier }));
}

export async function refresh(
  config: oauth.Configuration,
  refreshToken: string,
  parameters: Record<string, string> = {},
): Promise<Tokens> {
  return tokensOf(await oauth.refreshTokenGrant(config, refreshToken, parameters));
}

/** The whole way: authorization, sign-in and consent where asked, redemption. */
export async function obtainTokens(
  config: oauth.Configuration,
  person: Person,
  scope = 'call',
): Promise<Tokens> {
  return redeem(config, await authorize(config, person, { scope }));
}

export function tokensOf(response: { access_token: string; refresh_token?: string; scope?: string }): Tokens {
  return { access: response.access_token, refresh: response.refresh_token ?? '', scope: response.scope };
}

export async function isActive(config: oauth.Configuration, token: string): Promise<boolean> {
  return (await oauth.tokenIntrospection(config, token)).active;
}

/** The status of GET /rest/call with a bearer token. */
export async function callStatus(app: Pick<TestApp, 'url'>, token: string): Promise<number> {
  return (await fetch(`${app.url}/rest/call`, { headers: bearer(token) })).status;
}

/** The members of a JSON answer. */
export async function jsonOf(answer: Response): Promise<Record<string, unknown>> {
  return (await answer.json()) as Record<string, unknown>;
}

/** How openid-client reports an error response of the token endpoint. */
export function refusal(error: string, status = 400): { error: string; status: number } {
  return { error, status };
}

/** Makes everything kept of one model older, as if so many seconds had passed. */
export async function age(app: TestApp, model: string, seconds: number): Promise<void> {
  const table = { AccessToken: 'access_tokens', ClientCredentials: 'access_tokens' }[model] ?? 'artifacts';
  await app.sql(
    `UPDATE ${table}
        SET expires_at = expires_at - $2 * interval '1 second',
            payload = payload || jsonb_build_object('iat', (payload->>'iat')::bigint - $2, 'exp', (payload->>'exp')::bigint - $2)
      WHERE model = $1`,
    [model, seconds],
  );
}

/** Makes every authorization older, as if so many seconds had passed; its tokens stay as they are. */
export async function ageAuthorizations(app: TestApp, seconds: number): Promise<void> {
  await app.sql(
    `UPDATE authorizations
        SET expires_at = expires_at - $1 * interval '1 second',
            payload = payload || jsonb_build_object('iat', (payload->>'iat')::bigint - $1, 'exp', (payload->>'exp')::bigint - $1)`,
    [seconds],
  );
}

/** Makes the first use of every refresh token older, as if so many seconds had passed: by default, those for which it is accepted again. */
export async function passGracePeriod(app: TestApp, seconds = 30): Promise<void> {
  await app.sql('UPDATE artifacts SET consumed_at = consumed_at - make_interval(secs => $1)', [seconds]);
}

/** What a browser sends along when a person opens a page. */
export const OPENS_PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-site': 'none' };

export interface Form {
  /** '' means the page's own address. */
  readonly action: string;
  /** What it would send, by name: the values of its inputs, and of those boxes that are ticked; not the buttons. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
}

/** The one form of a page, as far as a browser would need it; undefined when there is none. */
export function formOf(html: string): Form | undefined {
  const [, attributes, content = ''] = /<form\b([^>]*)>(.*?)<\/form>/s.exec(html) ?? [];
  if (attributes === undefined) return undefined;
  const inputs = [...content.matchAll(/<input\b([^>]*)>/gs)]
    .map(([, input = '']) => input)
    .filter(
      (input) => !/type="checkbox"/.test(input) || (/ checked/.test(input) && !/ disabled/.test(input)),
    );
  const byName = Map.groupBy(inputs, (input) => attribute(input, 'name'));
  return {
    action: attribute(attributes, 'action'),
    fields: Object.fromEntries(
      [...byName].map(([name, its]) => {
        const [first = '', ...others] = its.map((input) => attribute(input, 'value'));
        return [name, others.length === 0 ? first : [first, ...others]];
      }),
    ),
  };
}

function attribute(tag: string, name: string): string {
  return (
    new RegExp(`\\s${name}="([^"]*)"`)
      .exec(tag)?.[1]
      ?.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
      .replaceAll('&amp;', '&') ?? ''
  );
}

/** Sends a page's form as a browser would, with what the person typed or the button they pressed. */
export function submit({ browser }: Person, address: string, html: string, typed: SentForm): Promise<Answer> {
  const form = formOf(html);
  assert.ok(form, html);
  const { origin } = new URL(address);
  const headers = { ...OPENS_PAGE, origin, 'sec-fetch-site': 'same-origin' };
  return browser.post(new URL(form.action, address).href, { ...form.fields, ...typed }, headers);
}

/**
 * Goes through the pages as a person with a browser does: signs in when asked, and allows or refuses what is asked.
 * @returns the answer that leads to another site, or the page on which nothing of the kind is asked
 */
export async function browse(
  person: Person,
  start: URL | string,
  { grant = 'true' }: { grant?: 'true' | 'false' } = {},
): Promise<Answer> {
  let address = String(start);
  const { origin } = new URL(address);
  let answer = await person.browser.get(address, OPENS_PAGE);
  for (let step = 0; step < 12; step++) {
    if (answer.location !== '') {
      if (new URL(answer.location).origin !== origin) return answer;
      address = answer.location;
      answer = await person.browser.get(address, OPENS_PAGE);
      continue;
    }
    const isSignIn = formOf(answer.text)?.fields['username'] !== undefined;
    if (!isSignIn && !answer.text.includes('name="grant"')) return answer;
    const typed = isSignIn ? { username: person.name, password: PASSWORD } : { grant };
    answer = await submit(person, address, answer.text, typed);
  }
  throw new Error(`the pages go in circles: ${address}`);
}

/** A token that lets its bearer register clients, as the command line issues it. */
export async function issueInitialAccessToken(
  app: Pick<TestApp, 'clients'>,
  registrations = 10,
): Promise<string> {
  const { token } = await app.clients.issueInitialAccessToken(registrations, COMMAND_LINE);
  return token;
}

/** Registers a client by itself (RFC 7591), for all that clients may ask for unless said otherwise. */
export async function registerDynamically(
  app: TestApp,
  metadata: Partial<oauth.ClientMetadata> = {},
  authentication?: oauth.ClientAuth,
): Promise<oauth.Configuration> {
  return oauth.dynamicClientRegistration(
    new URL(app.url),
    {
      redirect_uris: [MODERN_REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      ...metadata,
    },
    authentication,
    {
      initialAccessToken: await issueInitialAccessToken(app),
      algorithm: 'oauth2',
      execute: [oauth.allowInsecureRequests],
    },
  );
}

/** Registers a client that authenticates with a new key (private_key_jwt). @returns its id */
export async function registerWithKey(app: TestApp): Promise<string> {
  const { publicKey } = await generateKeyPair('ES256');
  const config = await registerDynamically(app, {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] },
  });
  return config.clientMetadata().client_id;
}
