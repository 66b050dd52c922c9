import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { startApp, type TestApp } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { MODERN_REDIRECT_URI } from '../harness/people.ts';
import { seeded } from '../harness/random.ts';
import { addPerson, OPENS_PAGE } from '../web/oauth/modern-walk.ts';
import {
  assertLeadsNowhere,
  MUTANTS,
  REGISTERED,
  REGISTERED_BESIDE,
} from '../web/oauth/redirect-uri-mutants.ts';
import { isSignedIn, signInWith } from '../web/oauth/signed-in.ts';
import { record, times } from './campaign.ts';
import { forgedHeaders } from './forged-headers.ts';
import { startTwoServers } from './two-servers.ts';

const PATH = '/oauth/end_session';
const SENT = { ...OPENS_PAGE, 'sec-fetch-site': 'cross-site' };
const OWN_FORM = { ...OPENS_PAGE, 'sec-fetch-site': 'same-origin' };
const BENT = times(20, 3_000);

const app = await startApp();
const another = await startApp(); // with users, clients and keys of its own
const servers = await startTwoServers(app);

const register = (node: TestApp) =>
  node.clients.registerClient(
    {
      name: 'CRM',
      redirectUris: [MODERN_REDIRECT_URI],
      postLogoutRedirectUris: [REGISTERED, REGISTERED_BESIDE],
    },
    COMMAND_LINE,
  );

const crm = await register(app);
const other = await register(app);
const foreign = await register(another);
const anna = await addPerson(app, 'anna');
const signedIn = await signInWith(app, crm, anna);
const ofOther = await signInWith(app, other, await addPerson(app, 'bert'));
const ofForeign = await signInWith(another, foreign, await addPerson(another, 'anna'));

type Fields = Readonly<Record<string, string>>;

/** Anna's browser opens the address, and sends a form as our own page does. Both, on each server. */
async function tryEverywhere(parameters: Fields, assertRefused: (answer: Answer) => void): Promise<number> {
  for (const { url } of servers) {
    assertRefused(await anna.browser.get(`${url}${PATH}?${new URLSearchParams(parameters)}`, SENT));
    for (const answer of ['true', 'false'])
      assertRefused(
        await anna.browser.post(`${url}${PATH}/answer`, { ...parameters, sign_out: answer }, OWN_FORM),
      );
  }
  return 3 * servers.length;
}

/** Anna's session continues, on each server. */
async function assertSignedIn(because: string): Promise<void> {
  for (const { url } of servers) {
    const { status } = await anna.browser.get(`${url}/account`, OPENS_PAGE);
    assert.equal(status, 200, because);
  }
}

async function publishedKey(): Promise<JWK> {
  const { keys } = (await (await fetch(`${app.url}/oauth/jwks`)).json()) as { keys: JWK[] };
  const key = keys.find(({ alg }) => alg === 'RS256');
  assert.ok(key);
  return key;
}

/** ID tokens that this server did not sign for this client, by what is wrong with them. */
async function forgeHints(): Promise<Record<string, string>> {
  const [header = '', payload = '', signature = ''] = signedIn.idToken.split('.');
  const { iss, sub, aud } = signedIn.claims;
  const claims = { iss: String(iss), sub: String(sub), aud: String(aud), sid: 'x' };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const published = await publishedKey();
  const imported = await importJWK(published, 'RS256', { extractable: true });
  assert.ok(!(imported instanceof Uint8Array));
  const spki = await exportSPKI(imported);
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const own = await generateKeyPair('ES256');
  const sign = (
    protectedHeader: JWTHeaderParameters,
    key: Parameters<SignJWT['sign']>[0],
    given: object = {},
  ) =>
    new SignJWT({ ...claims, ...given })
      .setProtectedHeader(protectedHeader)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key);
  const rs256 = (further: object = {}) => sign({ alg: 'RS256', ...further }, privateKey);
  const hs256 = (key: string) =>
    sign({ alg: 'HS256', kid: String(published.kid) }, Buffer.from(key.padEnd(32, '\0')));
  const hints: Record<string, string> = {
    'the key of an attacker': await rs256(),
    'the same with our kid': await rs256({ kid: published.kid }),
    'with the key in the header': await rs256({ jwk: await exportJWK(publicKey) }),
    'with an address of keys': await rs256({ jku: 'https://evil.example/jwks' }),
    'with a kid that is a path': await rs256({ kid: '../../../../dev/null' }),
    'with a kid that is SQL': await rs256({ kid: "' OR '1'='1" }),
    'another algorithm': await sign({ alg: 'ES256', kid: String(published.kid) }, own.privateKey),
    'the secret of the client as a key': await hs256(crm.secret ?? ''),
    'our public key as a secret': await hs256(spki),
    'our published key as a secret': await hs256(JSON.stringify(published)),
    'another issuer': await sign({ alg: 'RS256' }, privateKey, { iss: another.url }),
    'another server': ofForeign.idToken,
    'several audiences': await sign({ alg: 'RS256' }, privateKey, { aud: [claims.aud, other.client.id] }),
    'no signature': `${header}.${payload}.`,
    'no payload': `${header}..${signature}`,
    'two parts': `${header}.${payload}`,
    'four parts': `${signedIn.idToken}.${signature}`,
    'the payload of another': `${header}.${ofOther.idToken.split('.')[1]}.${signature}`,
    'claims for another client': `${header}.${encode({ ...claims, aud: other.client.id })}.${signature}`,
    'an access token': signedIn.accessToken,
    'a refresh token': signedIn.refreshToken,
    'a secret': crm.secret ?? '',
  };
  for (const alg of ['none', 'None', 'NONE', 'nOnE', ''])
    hints[`the algorithm "${alg}"`] = `${encode({ alg, kid: published.kid })}.${payload}.`;
  return hints;
}

/** The ID token with one bit of one part changed. */
function bend(token: string, random: () => number): string {
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64url'));
  const part = parts[Math.floor(random() * parts.length)] ?? Buffer.alloc(1);
  const index = Math.floor(random() * part.length);
  part[index] = (part[index] ?? 0) ^ (1 << Math.floor(random() * 8));
  return parts.map((each) => each.toString('base64url')).join('.');
}

test('a forged ID token signs no one out, and leads nowhere', async () => {
  const random = seeded(1);
  const hints = await forgeHints();
  for (let count = 0; count < BENT; count++) hints[`bit ${count}`] = bend(signedIn.idToken, random);
  let refused = 0;
  for (const [because, hint] of Object.entries(hints)) {
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: REGISTERED };
    const refuse = (answer: Answer) => assertLeadsNowhere(answer, because);
    refused += await tryEverywhere(parameters, refuse);
    refused += await tryEverywhere({ ...parameters, client_id: crm.client.id }, refuse);
  }
  refused += await tryEverywhere(
    { id_token_hint: ofOther.idToken, client_id: crm.client.id, post_logout_redirect_uri: REGISTERED },
    (answer) => assertLeadsNowhere(answer, 'the ID token of another client'),
  );
  await assertSignedIn('forged ID tokens');
  record({
    invariant: 'A forged ID token signs no one out',
    tried: `${refused} requests on two servers with ${Object.keys(hints).length} forged ID tokens, of them ${BENT} with one bit changed`,
    found: 'each got an error page; none was redirected, and the session continued',
  });
});

test('a sign-out leads only to registered URIs, with the state unchanged', async () => {
  const named: readonly Fields[] = [
    { id_token_hint: signedIn.idToken },
    { client_id: crm.client.id },
    { id_token_hint: signedIn.idToken, client_id: crm.client.id },
  ];
  let refused = 0;
  for (const [how, uri] of Object.entries({ ...MUTANTS, 'redirect URI': MODERN_REDIRECT_URI })) {
    for (const names of named) {
      const parameters = { ...names, post_logout_redirect_uri: uri };
      refused += await tryEverywhere(parameters, (answer) => assertLeadsNowhere(answer, how));
      const stranger = await new Browser(app.url).get(`${PATH}?${new URLSearchParams(parameters)}`, SENT);
      assertLeadsNowhere(stranger, how);
      refused++;
    }
    // Without a name of an application, a URI is ignored.
    const query = new URLSearchParams({ post_logout_redirect_uri: uri });
    const { status, location } = await new Browser(app.url).get(`${PATH}?${query}`, SENT);
    if (uri.includes('\0')) assert.equal(status, 400, how);
    else assert.equal(location, `${app.url}/signed-out`, how);
  }
  await assertSignedIn('other URIs');

  const states = [
    'a\r\nSet-Cookie: evil=1',
    '#@evil.example',
    '&state=2&code=3',
    '"><script>',
    '😀',
    'x'.repeat(2_048),
  ];
  for (const state of states) {
    const parameters = { client_id: crm.client.id, post_logout_redirect_uri: REGISTERED, state };
    const answer = await new Browser(app.url).get(`${PATH}?${new URLSearchParams(parameters)}`, SENT);
    assert.ok(answer.location.startsWith(`${REGISTERED}&state=`), answer.location);
    assert.deepEqual(new URL(answer.location).searchParams.getAll('state'), [state]);
    assert.deepEqual([new URL(answer.location).hash, answer.headers.getSetCookie()], ['', []]);
  }
  record({
    invariant: 'A sign-out leads only to registered URIs',
    tried: `${Object.keys(MUTANTS).length} similar URIs in ${named.length} ways, signed in and not, on two servers; ${states.length} hostile states`,
    found: `${refused} requests, none redirected; each state returned unchanged`,
  });
});

test('no other site can sign a person out', async () => {
  const parameters = {
    id_token_hint: signedIn.idToken,
    post_logout_redirect_uri: REGISTERED,
    ...{ sign_out: 'true', logout: 'yes', confirm: 'yes', xsrf: randomBytes(16).toString('hex') },
  };
  const query = new URLSearchParams(parameters);
  let forged = 0;
  for (const headers of forgedHeaders(app.url)) {
    const because = JSON.stringify(headers);
    for (const { url } of servers) {
      const answered = await anna.browser.post(`${url}${PATH}/answer`, parameters, headers);
      assert.deepEqual([answered.status, answered.location], [403, ''], because);
      const posted = await anna.browser.post(`${url}${PATH}`, parameters, headers);
      assert.equal(posted.status, 303, because);
      assert.equal(new URL(posted.location).pathname, PATH, because);
      const opened = await anna.browser.get(`${url}${PATH}?${query}`, headers);
      assert.deepEqual([opened.status, opened.location], [200, ''], because);
      const confirmed = await anna.browser.post(`${url}${PATH}/confirm`, parameters, headers);
      assert.ok(confirmed.status >= 400 && confirmed.status < 500, `${because}: ${confirmed.status}`);
      for (const { headers: sent } of [answered, posted, opened])
        assert.deepEqual(sent.getSetCookie(), [], because);
      forged += 4;
    }
  }
  await assertSignedIn('forged forms');

  const [server] = servers;
  assert.ok(server);
  const own = await anna.browser.post(`${server.url}${PATH}/answer`, parameters, OWN_FORM);
  assert.equal(own.location, REGISTERED);
  assert.equal(await isSignedIn(anna.browser), false);
  record({
    invariant: 'No other site can sign a person out',
    tried: `${forged} forms and links with a valid ID token, with ${forgedHeaders(app.url).length} sets of headers, on two servers`,
    found: 'none ended the session; the form of our own page did',
  });
});
