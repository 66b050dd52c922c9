import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { dumpDatabase, spellingsOf } from '../../harness/dump.ts';
import { addClassicClient, addModernClient, MODERN_REDIRECT_URI, PASSWORD } from '../../harness/people.ts';
import { classicCode, fragmentOf, redeem as redeemClassic } from '../classic/flow.ts';
import {
  addPerson,
  authorize,
  configure,
  issueInitialAccessToken,
  obtainTokens,
  pushedAuthorizationUrl,
  redeem,
  refresh,
  registerDynamically,
} from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const registered = await addModernClient(app);
const config = await configure(app, registered);

/** Neither as it is nor in another spelling of the same bytes. */
async function assertNowhere(secrets: Record<string, string>): Promise<void> {
  const dump = await dumpDatabase(app);
  for (const [what, secret] of Object.entries(secrets)) {
    assert.ok(secret.length >= 12, `${what} is "${secret}"`);
    for (const spelling of spellingsOf(secret)) {
      for (const [table, rows] of dump) assert.ok(!rows.includes(spelling), `${what} is in ${table}`);
    }
  }
}

function cookieOf(answer: Answer, name: string): string {
  const [, value = ''] =
    answer.headers
      .getSetCookie()
      .map((line) => new RegExp(`^${name}=([^;]+)`).exec(line))
      .find(Boolean) ?? [];
  return value;
}

test('the dump shows what is stored', async () => {
  const dump = await dumpDatabase(app);
  assert.ok(dump.get('public.users')?.includes('"anna"'));
  assert.ok(dump.get('public.clients')?.includes(registered.client.id));
});

test('passwords and client secrets are not in the database', async () => {
  const self = await registerDynamically(app);
  const rotated = await app.clients.rotateSecret((await addModernClient(app)).client.id, COMMAND_LINE);
  await assertNowhere({
    password: PASSWORD,
    'client secret': registered.secret ?? '',
    'rotated client secret': rotated.secret ?? '',
    'dynamically registered client secret': String(self.clientMetadata().client_secret),
  });
});

test('codes are not in the database, neither before nor after they are redeemed', async () => {
  const authorized = await authorize(config, anna);
  const secrets = { code: authorized.callback.searchParams.get('code') ?? '', verifier: authorized.verifier };
  await assertNowhere(secrets);
  await redeem(config, authorized);
  await assertNowhere(secrets);
});

test('access and refresh tokens are not in the database', async () => {
  const first = await obtainTokens(config, anna);
  const second = await refresh(config, first.refresh);
  const { access_token: own } = await oauth.clientCredentialsGrant(config, { scope: 'call' });
  await assertNowhere({
    'access token': first.access,
    'used refresh token': first.refresh,
    'refreshed access token': second.access,
    'refresh token': second.refresh,
    "client's own token": own,
  });
});

test('initial access tokens are not in the database', async () => {
  await assertNowhere({ 'initial access token': await issueInitialAccessToken(app) });
});

test('a pushed request cannot be read out of the database, at no step of the way', async () => {
  const visitor = await addPerson(app, 'visitor');
  const { url } = await pushedAuthorizationUrl(config);
  const requestUri = url.searchParams.get('request_uri') ?? '';
  const secrets = { request_uri: requestUri, 'id in the request_uri': requestUri.split(':').at(-1) ?? '' };
  await assertNowhere(secrets);
  const signIn = await visitor.browser.get(url.href);
  await assertNowhere(secrets);
  await visitor.browser.post(signIn.location, { username: visitor.name, password: PASSWORD });
  await assertNowhere(secrets);
});

test('what a browser is known by is not in the database, at no step of the way', async () => {
  const visitor = await addPerson(app, 'guest');
  const url = oauth.buildAuthorizationUrl(config, {
    redirect_uri: MODERN_REDIRECT_URI,
    scope: 'call',
    code_challenge: await oauth.calculatePKCECodeChallenge(oauth.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
  });
  let answer = await visitor.browser.get(url.href);
  const signIn = answer.location;
  answer = await visitor.browser.post(signIn, { username: visitor.name, password: PASSWORD });
  const resumed = await visitor.browser.get(answer.location);
  const session = cookieOf(resumed, 'clicktocall');
  await assertNowhere({ 'session cookie': session });

  // The interaction for consent notes the session it belongs to.
  answer = await visitor.browser.post(resumed.location, { grant: 'true' });
  await assertNowhere({ 'session cookie': session });
  const last = await visitor.browser.get(answer.location);
  assert.match(last.location, /code=/);
  await assertNowhere({ 'session cookie': session, 'last session cookie': cookieOf(last, 'clicktocall') });

  const later = await visitor.browser.get(`${url.href}&prompt=consent`);
  await visitor.browser.get(later.location);
  await assertNowhere({ 'renewed session cookie': cookieOf(later, 'clicktocall') || session });
});

test('codes and tokens of classic clients are not in the database, neither before nor after they are redeemed', async () => {
  const classic = await addClassicClient(app);
  const unused = await classicCode(app, classic, anna.name);
  const code = await classicCode(app, classic, anna.name);
  await assertNowhere({ code, 'unused code': unused, 'client secret': classic.secret });
  const { location } = await redeemClassic(app, classic, code);
  const token = fragmentOf(location).get('access_token') ?? '';
  await assertNowhere({ code, 'unused code': unused, 'access token': token });
});

test('neither is the session of the classic pages', async () => {
  const visitor = await addPerson(app, 'old-friend');
  const redirectUri = `${app.url}/test`;
  const classic = await app.clients.registerClient(
    {
      name: 'Classic',
      redirectUris: [redirectUri],
      classic: true,
    },
    COMMAND_LINE,
  );
  const request = {
    client_id: classic.client.id,
    response_type: 'token',
    redirect_uri: redirectUri,
    scope: 'call',
  };
  const signedIn = await visitor.browser.post('/auth/login', {
    ...request,
    username: visitor.name,
    password: PASSWORD,
  });
  const granted = await visitor.browser.post('/auth/grant', { ...request, grant: 'true' });
  const token = new URLSearchParams(new URL(granted.location).hash.slice(1)).get('access_token') ?? '';
  await assertNowhere({
    'session cookie': cookieOf(signedIn, 'clicktocall'),
    'access token': token,
    'client secret': classic.secret ?? '',
  });
});
