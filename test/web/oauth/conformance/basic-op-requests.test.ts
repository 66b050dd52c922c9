import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnsecuredJWT } from 'jose';
import { startApp } from '../../../harness/app.ts';
import { Browser } from '../../../harness/browser.ts';
import { MODERN_REDIRECT_URI } from '../../../harness/people.ts';
import { addPerson, browse, OPENS_PAGE, type Person, walk } from '../modern-walk.ts';
import { RelyingParty } from './relying-party.ts';

/** The modules of the plan `oidcc-basic-certification-test-plan` about authorization requests (docs/use-the-api/conformance.md). */

const app = await startApp();
const party = await RelyingParty.register(app);
let people = 0;

/** Someone in a browser without a session, as the modules expect it. */
const newPerson = (): Promise<Person> => addPerson(app, `person${++people}`);

/** The error response of a request that a browser without a session sends, with the state checked. */
async function errorOf(parameters: Record<string, string>): Promise<string | null> {
  const { url } = party.request(parameters);
  const { location } = await new Browser(app.url).get(url.href);
  const { origin, pathname, searchParams } = new URL(location);
  assert.equal(origin + pathname, MODERN_REDIRECT_URI);
  assert.equal(searchParams.get('state'), url.searchParams.get('state'));
  assert.equal(searchParams.get('iss'), app.url);
  assert.equal(searchParams.get('code'), null);
  return searchParams.get('error');
}

/** Makes the sessions older, as if so many seconds had passed since the sign-in. */
async function ageSessions({ name }: Person, seconds: number): Promise<void> {
  await app.sql(
    `UPDATE artifacts SET payload = payload || jsonb_build_object('loginTs', (payload->>'loginTs')::bigint - $2)
      WHERE model = 'Session' AND user_id = (SELECT id FROM users WHERE name = $1)`,
    [name, seconds],
  );
}

// RFC 6749 sections 3.1.1 and 4.1.2.1
test('oidcc-response-type-missing (passes): a request without response_type is invalid_request', async () => {
  assert.equal(await errorOf({ response_type: '' }), 'invalid_request');
});

// Core section 3.1.2.1 leaves the nonce optional; RFC 9700 section 2.1.1 asks for PKCE or a nonce.
test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow (fails): a request needs PKCE or a nonce', async () => {
  assert.equal(await errorOf({ nonce: '' }), 'invalid_request');
});

async function assertShows(display: string): Promise<void> {
  const { location } = await browse(await newPerson(), party.request({ display }).url);
  assert.ok(new URL(location).searchParams.has('code'));
}

// Core section 3.1.2.1
test('oidcc-display-page (passes): display=page shows the pages and leads to a code', () =>
  assertShows('page'));

test('oidcc-display-popup (passes): display=popup shows the pages and leads to a code', () =>
  assertShows('popup'));

test('oidcc-prompt-login (passes): prompt=login asks for the password again, and auth_time is later', async () => {
  const person = await newPerson();
  const first = await party.signIn(person, { max_age: '10000' });
  await ageSessions(person, 100);
  const second = await party.signIn(person, { prompt: 'login', max_age: '10000' });
  assert.deepEqual([first.prompts, second.prompts], [['login', 'consent'], ['login']]);
  assert.ok(Number(second.claims.auth_time) > Number(first.claims.auth_time) - 100);
});

// Core section 3.1.2.6
test('oidcc-prompt-none-not-logged-in (passes): prompt=none without a session is login_required', async () => {
  assert.equal(await errorOf({ prompt: 'none' }), 'login_required');
});

test('oidcc-prompt-none-logged-in (passes): prompt=none with a session asks nothing, for the same user', async () => {
  const person = await newPerson();
  const first = await party.signIn(person, { max_age: '10000' });
  const second = await party.signIn(person, { prompt: 'none', max_age: '10000' });
  assert.deepEqual(second.prompts, []);
  assert.equal(second.claims.sub, first.claims.sub);
  assert.equal(second.claims.auth_time, first.claims.auth_time);
});

// Core sections 2 and 3.1.2.1
test('oidcc-max-age-1 (passes): max_age=1 asks for the password again after two seconds, and auth_time is later', async () => {
  const person = await newPerson();
  const first = await party.signIn(person, { max_age: '10000' });
  await ageSessions(person, 2);
  const second = await party.signIn(person, { max_age: '1' });
  assert.deepEqual(second.prompts, ['login']);
  assert.ok(Number(second.claims.auth_time) > Number(first.claims.auth_time) - 2);
});

test('oidcc-max-age-10000 (passes): max_age=10000 asks nothing, and gives the auth_time of the sign-in', async () => {
  const person = await newPerson();
  const first = await party.signIn(person, { max_age: '15000' });
  await ageSessions(person, 9_000);
  const second = await party.signIn(person, { max_age: '10000' });
  assert.deepEqual(second.prompts, []);
  assert.equal(second.claims.sub, first.claims.sub);
  assert.equal(second.claims.auth_time, Number(first.claims.auth_time) - 9_000);
});

// RFC 6749 section 3.1
test('oidcc-ensure-request-with-unknown-parameter-succeeds (passes): an unknown parameter is ignored', async () => {
  assert.ok((await party.signIn(await newPerson(), { extra: 'foobar' })).idToken);
});

// Core section 3.1.2.1
test('oidcc-id-token-hint (passes): prompt=none with the ID token of the session’s user asks nothing', async () => {
  const person = await newPerson();
  const first = await party.signIn(person);
  const second = await party.signIn(person, { prompt: 'none', id_token_hint: first.idToken });
  assert.deepEqual([second.prompts, second.claims.sub], [[], first.claims.sub]);
});

test('oidcc-login-hint (passes): login_hint causes no error', async () => {
  assert.ok((await party.signIn(await newPerson(), { login_hint: 'buffy@op.example' })).idToken);
});

test('oidcc-ui-locales (passes): ui_locales causes no error', async () => {
  assert.ok((await party.signIn(await newPerson(), { ui_locales: 'se' })).idToken);
});

test('oidcc-ensure-request-with-acr-values-succeeds (warns): acr_values causes no error, and the ID token has no acr', async () => {
  assert.equal((await party.signIn(await newPerson(), { acr_values: '1 2' })).claims['acr'], undefined);
});

test('oidcc-ensure-registered-redirect-uri (passes): an unregistered redirect_uri gets an error page', async () => {
  const { url } = party.request({ redirect_uri: `${MODERN_REDIRECT_URI}/unregistered` });
  const answer = await new Browser(app.url).get(url.href, OPENS_PAGE);
  assert.deepEqual([answer.status, answer.location], [400, '']);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(answer.text, /redirect/i);
});

// Core section 3.1.2.1: both methods must be supported.
test('oidcc-ensure-post-request-succeeds (passes): a request by POST from another site leads to a code', async () => {
  const sent = party.request();
  const person = await newPerson();
  const answer = await new Browser(app.url).post(
    sent.url.pathname,
    Object.fromEntries(sent.url.searchParams),
    { ...OPENS_PAGE, origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
  );
  assert.equal(answer.status, 303);
  assert.ok((await party.redeem(sent, await walk(person, answer.location))).idToken);
});

/** What a request object has alone: a valid OAuth 2.0 request needs neither (Core section 6.1). */
const MOVED = { state: '', nonce: '' };

// Core section 6.2; the server takes pushed requests alone by reference.
test('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported (skipped): request_uri_not_supported', async () => {
  const request_uri = 'https://app.example/request.jwt';
  assert.equal(await errorOf({ request_uri, ...MOVED }), 'request_uri_not_supported');
});

/** The parameters of a request as an unsigned request object. */
function createRequestObject(): string {
  const parameters = Object.fromEntries(party.request().url.searchParams);
  return new UnsecuredJWT(parameters).setIssuer(party.clientId).setAudience(app.url).encode();
}

// Core section 6.1
test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported (skipped): request_not_supported', async () => {
  assert.equal(await errorOf({ request: createRequestObject(), ...MOVED }), 'request_not_supported');
});

test('oidcc-ensure-request-object-with-redirect-uri (passes): an invalid redirect_uri beside a request object gets an error page', async () => {
  const redirect_uri = `${MODERN_REDIRECT_URI}_invalid`;
  const { url } = party.request({ request: createRequestObject(), redirect_uri, ...MOVED });
  const answer = await new Browser(app.url).get(url.href, OPENS_PAGE);
  assert.deepEqual([answer.status, answer.location], [400, '']);
  assert.match(answer.text, /redirect/i);
});
