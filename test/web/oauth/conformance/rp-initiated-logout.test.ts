import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { startApp } from '../../../harness/app.ts';
import type { Answer } from '../../../harness/browser.ts';
import { request } from '../../../platform/http/request.ts';
import { addPerson, OPENS_PAGE, type Person, submit } from '../modern-walk.ts';
import { RelyingParty, type Session, SIGNED_OUT_URI } from './relying-party.ts';

/**
 * The modules of the plan `oidcc-rp-initiated-logout-certification-test-plan` (docs/use-the-api/conformance.md). Sections are
 * those of OpenID Connect RP-Initiated Logout 1.0. The server always asks the person, which section 2 allows.
 */

const PATH = '/oauth/end_session';
const STATE = 'x'.repeat(128);

const app = await startApp();
const party = await RelyingParty.register(app);
let people = 0;

interface SignedIn extends Session {
  readonly person: Person;
}

async function signIn(): Promise<SignedIn> {
  const person = await addPerson(app, `person${++people}`);
  return { ...(await party.signIn(person)), person };
}

/** Sends the browser to the endpoint, as an application on another site does. */
const ask = ({ person }: SignedIn, parameters: Record<string, string>): Promise<Answer> =>
  person.browser.get(`${PATH}?${new URLSearchParams(parameters)}`, {
    ...OPENS_PAGE,
    'sec-fetch-site': 'cross-site',
  });

/** Presses "Sign out" on the page that asks. @returns where the browser is sent */
async function confirm({ person }: SignedIn, question: Answer): Promise<string> {
  assert.equal(question.status, 200, question.text);
  return (await submit(person, app.url + PATH, question.text, { sign_out: 'true' })).location;
}

/** Whether a request with prompt=none finds a session. */
async function hasSession({ person }: SignedIn): Promise<boolean> {
  const { location } = await person.browser.get(party.request({ prompt: 'none' }).url.href);
  const { searchParams } = new URL(location);
  assert.ok(searchParams.has('code') || searchParams.get('error') === 'login_required', location);
  return searchParams.has('code');
}

const returning = ({ idToken }: Session) => ({
  id_token_hint: idToken,
  post_logout_redirect_uri: SIGNED_OUT_URI,
  state: STATE,
});

/** An error page, which leads nowhere and ends no session. */
async function assertErrorPage(signedIn: SignedIn, parameters: Record<string, string>): Promise<void> {
  const answer = await ask(signedIn, parameters);
  assert.deepEqual([answer.status, answer.location], [400, '']);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
  assert.doesNotMatch(answer.text, /app\.example/);
  assert.equal(await hasSession(signedIn), true);
}

/** Our own page says that the person is signed out, and the session has ended. */
async function assertSignedOutPage(signedIn: SignedIn, parameters: Record<string, string>): Promise<void> {
  const location = await confirm(signedIn, await ask(signedIn, parameters));
  assert.equal(location, `${app.url}/signed-out`);
  assert.match((await signedIn.person.browser.get(location, OPENS_PAGE)).text, /signed out/i);
  assert.equal(await hasSession(signedIn), false);
}

// Section 2.1
test('oidcc-rp-initiated-logout-discovery-endpoint-verification (passes): discovery names the end_session_endpoint', async () => {
  const metadata = (await request(app, 'GET', '/.well-known/openid-configuration')).json();
  assert.equal(metadata['end_session_endpoint'], app.url + PATH);
});

// Sections 2 and 3
test('oidcc-rp-initiated-logout (passes): the person returns with the state alone, and the session has ended', async () => {
  const signedIn = await signIn();
  const location = await confirm(signedIn, await ask(signedIn, returning(signedIn)));
  assert.equal(location, `${SIGNED_OUT_URI}?state=${STATE}`);
  assert.equal(await hasSession(signedIn), false);
});

test('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri (passes): another URI gets an error page', async () => {
  const signedIn = await signIn();
  const post_logout_redirect_uri = 'https://app.example/unregistered';
  await assertErrorPage(signedIn, { ...returning(signedIn), post_logout_redirect_uri });
});

test('oidcc-rp-initiated-logout-modified-id-token-hint (passes): an ID token changed to alg none gets an error page', async () => {
  const signedIn = await signIn();
  const id_token_hint = new UnsecuredJWT(decodeJwt(signedIn.idToken)).encode();
  await assertErrorPage(signedIn, { ...returning(signedIn), id_token_hint });
});

// Section 3: no redirect without a way to confirm who asks
test('oidcc-rp-initiated-logout-no-id-token-hint (passes): a URI of an unnamed application leads nowhere', async () => {
  const signedIn = await signIn();
  const { id_token_hint: _, ...others } = returning(signedIn);
  await assertSignedOutPage(signedIn, others);
});

test('oidcc-rp-initiated-logout-no-params (passes): the person is signed out, and our page says so', async () => {
  await assertSignedOutPage(await signIn(), {});
});

test('oidcc-rp-initiated-logout-no-post-logout-redirect-uri (passes): likewise with an ID token and a state', async () => {
  const signedIn = await signIn();
  const { post_logout_redirect_uri: _, ...others } = returning(signedIn);
  await assertSignedOutPage(signedIn, others);
});

test('oidcc-rp-initiated-logout-no-state (passes): the person returns without a state, and the session has ended', async () => {
  const signedIn = await signIn();
  const { state: _, ...others } = returning(signedIn);
  assert.equal(await confirm(signedIn, await ask(signedIn, others)), SIGNED_OUT_URI);
  assert.equal(await hasSession(signedIn), false);
});

test('oidcc-rp-initiated-logout-only-state (passes): the person is signed out, and our page says so', async () => {
  await assertSignedOutPage(await signIn(), { state: STATE });
});

test('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri (passes): a query more gets an error page', async () => {
  const signedIn = await signIn();
  const post_logout_redirect_uri = `${SIGNED_OUT_URI}?foo=bar`;
  await assertErrorPage(signedIn, { ...returning(signedIn), post_logout_redirect_uri });
});

test('oidcc-rp-initiated-logout-bad-id-token-hint (passes): an ID token that the client signed gets an error page', async () => {
  const signedIn = await signIn();
  const { privateKey } = await generateKeyPair('RS256');
  for (const [issuer, audience] of [
    [party.clientId, app.url],
    [app.url, party.clientId],
  ] as const) {
    const id_token_hint = await new SignJWT({ nonce: 'n' })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(signedIn.claims.sub)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    await assertErrorPage(signedIn, { ...returning(signedIn), id_token_hint });
  }
});
