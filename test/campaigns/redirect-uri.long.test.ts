import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { startApp } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { afterFile } from '../harness/clean-up.ts';
import { PASSWORD } from '../harness/people.ts';
import { addPerson, authorize, configure, pushedAuthorizationUrl } from '../web/oauth/modern-walk.ts';
import {
  assertLeadsNowhere,
  MUTANTS,
  REGISTERED,
  REGISTERED_BESIDE,
} from '../web/oauth/redirect-uri-mutants.ts';
import { record } from './campaign.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const redirectUris = [REGISTERED, REGISTERED_BESIDE];
const modern = await app.clients.registerClient({ name: 'Modern', redirectUris }, COMMAND_LINE);
const classic = await app.clients.registerClient(
  { name: 'Classic', redirectUris, classic: true },
  COMMAND_LINE,
);
const config = await configure(app, modern);

type Parameters = Record<string, string>;
type Ask = (redirectUri: string) => Promise<Answer>;

const stranger = () => new Browser(app.url);
const get = (browser: Browser, path: string, parameters: Parameters) =>
  browser.get(`${path}?${new URLSearchParams(parameters)}`);

/** A request that gives a code at once, since Anna has granted the client all it asks for. */
const askedByModern = (redirectUri: string, further: Parameters = {}): Parameters => ({
  client_id: modern.client.id,
  response_type: 'code',
  scope: 'call',
  redirect_uri: redirectUri,
  code_challenge: 'a'.repeat(43),
  code_challenge_method: 'S256',
  ...further,
});
const askedByClassic = (redirectUri: string, further: Parameters = {}): Parameters => ({
  client_id: classic.client.id,
  response_type: 'code',
  scope: 'call',
  redirect_uri: redirectUri,
  ...further,
});
const basic = { authorization: `Basic ${btoa(`${modern.client.id}:${modern.secret}`)}` };

/** Every way to the application's address, each of which leads to a registered one. */
const ways: Readonly<Record<string, Ask>> = {
  'authorization that is granted': (uri) => get(anna.browser, '/oauth/authorize', askedByModern(uri)),
  'authorization whose code is posted': (uri) =>
    get(anna.browser, '/oauth/authorize', askedByModern(uri, { response_mode: 'form_post' })),
  'authorization by POST': async (uri) =>
    anna.browser.get((await anna.browser.post('/oauth/authorize', askedByModern(uri))).location),
  'authorization of a stranger': (uri) => get(stranger(), '/oauth/authorize', askedByModern(uri)),
  'error: nobody may be asked': (uri) =>
    get(stranger(), '/oauth/authorize', askedByModern(uri, { prompt: 'none' })),
  'error: no PKCE': (uri) => get(stranger(), '/oauth/authorize', askedByModern(uri, { code_challenge: '' })),
  'error: response type': (uri) =>
    get(stranger(), '/oauth/authorize', askedByModern(uri, { response_type: 'token' })),
  'error: response mode of classic clients': (uri) =>
    get(stranger(), '/oauth/authorize', askedByModern(uri, { response_mode: 'classic.token' })),
  'pushed request': (uri) => stranger().post('/oauth/par', askedByModern(uri), basic),
  'classic begin': (uri) => get(stranger(), '/oauth/auth', askedByClassic(uri)),
  'classic sign-in page': (uri) => get(stranger(), '/auth/login', askedByClassic(uri)),
  'classic sign-in': (uri) =>
    stranger().post('/auth/login', askedByClassic(uri, { username: 'anna', password: PASSWORD })),
  'classic grant page': (uri) => get(anna.browser, '/auth/grant', askedByClassic(uri)),
  'classic grant page, a token': (uri) =>
    get(anna.browser, '/auth/grant', askedByClassic(uri, { response_type: 'token' })),
  'classic grant': (uri) => anna.browser.post('/auth/grant', askedByClassic(uri, { grant: 'true' })),
  'classic grant of a token': (uri) =>
    anna.browser.post('/auth/grant', askedByClassic(uri, { grant: 'true', response_type: 'token' })),
  'classic refusal': (uri) => anna.browser.post('/auth/grant', askedByClassic(uri, { grant: 'false' })),
  'classic refusal of a token': (uri) =>
    anna.browser.post('/auth/grant', askedByClassic(uri, { response_type: 'token' })),
  'classic client at the modern address': (uri) =>
    get(anna.browser, '/oauth/authorize', askedByClassic(uri, { response_mode: 'classic.code' })),
  'classic client’s error at the modern address': (uri) =>
    get(anna.browser, '/oauth/authorize', askedByClassic(uri, { response_mode: 'classic.token' })),
};

await authorize(config, anna, { redirect_uri: REGISTERED });
await anna.browser.post('/auth/grant', askedByClassic(REGISTERED, { grant: 'true' }));

test('the variants of the redirect URI all differ from the registered one', () => {
  const mutants = Object.values(MUTANTS);
  assert.ok(mutants.length >= 60, `${mutants.length}`);
  assert.equal(new Set([...mutants, ...redirectUris]).size, mutants.length + redirectUris.length);
});

let ledNowhere = 0;

for (const [way, ask] of Object.entries(ways)) {
  suite(way, () => {
    test('accepts a registered redirect URI', async () => {
      for (const uri of redirectUris) {
        const answer = await ask(uri);
        assert.ok([200, 201, 302, 303].includes(answer.status), `${answer.status} ${answer.text}`);
        const { location } = answer;
        if (location !== '' && new URL(location).origin !== app.url)
          assert.ok(location.startsWith(uri), location);
      }
    });

    test('refuses a similar redirect URI', async () => {
      for (const [how, uri] of Object.entries(MUTANTS)) {
        assertLeadsNowhere(await ask(uri), how);
        ledNowhere++;
      }
    });

    test('refuses a missing redirect URI', async () => {
      assertLeadsNowhere(await ask(''), 'none');
    });
  });
}

test('a repeated redirect URI is refused, in any order', async () => {
  const evil = 'https://evil.example/cb';
  for (const both of [
    [REGISTERED, evil],
    [evil, REGISTERED],
    [REGISTERED, REGISTERED],
  ]) {
    for (const [path, asked] of [
      ['/oauth/authorize', askedByModern('')],
      ['/oauth/auth', askedByClassic('')],
      ['/auth/grant', askedByClassic('')],
    ] as const) {
      const query = new URLSearchParams(asked);
      query.delete('redirect_uri');
      for (const uri of both) query.append('redirect_uri', uri);
      assertLeadsNowhere(await anna.browser.get(`${path}?${query}`), `${path} ${both}`);
    }
  }
});

test('the redirect URI of a pushed request cannot be overridden in the address', async () => {
  const { url } = await pushedAuthorizationUrl(config, { redirect_uri: REGISTERED });
  url.searchParams.set('redirect_uri', 'https://evil.example/cb');
  const { location, status } = await anna.browser.get(url.href);
  assert.ok(status === 400 || location.startsWith(`${REGISTERED}&code=`), `${status} ${location}`);
});

test('a code is redeemed with its redirect URI only, and a wrong one does not use it up', async () => {
  const { callback, verifier } = await authorize(config, anna, { redirect_uri: REGISTERED });
  const redeem = (uri: string) =>
    stranger().post(
      '/oauth/token',
      {
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        code_verifier: verifier,
        redirect_uri: uri,
      },
      basic,
    );
  for (const [how, uri] of Object.entries({ ...MUTANTS, other: REGISTERED_BESIDE })) {
    const answer = await redeem(uri);
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_grant'], how);
  }
  const answer = await redeem(REGISTERED);
  assert.equal(answer.status, 200, answer.text);
});

test('the same for a classic client, which is never redirected elsewhere', async () => {
  const { location } = await get(anna.browser, '/auth/grant', askedByClassic(REGISTERED));
  const redemption = (uri: string) =>
    get(stranger(), '/oauth/token', {
      client_id: classic.client.id,
      client_secret: classic.secret ?? '',
      grant_type: 'authorization_code',
      code: new URL(location).searchParams.get('code') ?? '',
      redirect_uri: uri,
    });
  for (const [how, uri] of Object.entries({ ...MUTANTS, other: REGISTERED_BESIDE })) {
    assertLeadsNowhere(await redemption(uri), how);
  }
  const answer = await redemption(REGISTERED);
  assert.ok(answer.location.startsWith(`${REGISTERED}#access_token=`), answer.text);
});

afterFile(() =>
  record({
    invariant: 'Responses go only to registered redirect URIs',
    tried: `${Object.keys(MUTANTS).length} similar addresses, in ${Object.keys(ways).length} ways`,
    found: `${ledNowhere} requests, none redirected`,
  }),
);
