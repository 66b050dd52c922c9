import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from 'jose';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { rotateKeys } from '../../../src/core/signing-keys/signing-keys.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addModernClient, addUser, bearer, PASSWORD } from '../../harness/people.ts';
import {
  authorizationUrl,
  authorize,
  callStatus,
  configure,
  jsonOf,
  redeem,
  refresh,
} from './modern-walk.ts';

const app = await startApp();
const registered = await addModernClient(app);
const config = await configure(app, registered, undefined, 'oidc');

interface Node {
  readonly url: string;
}

/** Another node of the same server: same database, same public URL. It reads the keys as they are when it starts. */
async function startSecondNode(): Promise<Node> {
  const { config } = await startNode(app, { PUBLIC_URL: app.url });
  return { url: `http://localhost:${config.port}` };
}

/** A browser that knows the public URL alone, before a load balancer that sends it to one node. */
class BalancedBrowser extends Browser {
  node: Node = app;

  override async send(
    method: string,
    path: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = new URL(path, app.url).href.replace(app.url, this.node.url);
    const answer = await super.send(method, url, form, headers);
    return { ...answer, location: answer.location.replace(this.node.url, app.url) };
  }
}

const anna = await addBalancedPerson('anna');

async function addBalancedPerson(name: string): Promise<{ name: string; browser: BalancedBrowser }> {
  await addUser(app, name);
  return { name, browser: new BalancedBrowser(app.url) };
}

/** The client, when the load balancer sends its requests to that node. */
async function configureAt(node: Node): Promise<oauth.Configuration> {
  const at = await configure(app, registered, undefined, 'oidc');
  at[oauth.customFetch] = (url, options) =>
    fetch(url.replace(app.url, node.url), {
      ...options,
      body: options.body ?? null,
      signal: options.signal ?? null,
    });
  return at;
}

interface SignedIn {
  readonly idToken: string;
  readonly sub: string;
  readonly kid: string | undefined;
}

/** A whole walk with scope openid; the library verifies the ID token's claims, and its signature by /oauth/jwks. */
async function obtainIdToken(node: Node = app): Promise<SignedIn> {
  const client = await configureAt(node);
  oauth.enableNonRepudiationChecks(client);
  anna.browser.node = node;
  const nonce = oauth.randomNonce();
  const { callback, verifier } = await authorize(client, anna, { scope: 'openid call', nonce });
  anna.browser.node = app;
  const tokens = await oauth.authorizationCodeGrant(client, callback, {
    pkceCodeVerifier: verifier,
    expectedNonce: nonce,
  });
  const idToken = tokens.id_token ?? '';
  return { idToken, sub: tokens.claims()?.sub ?? '', kid: decodeProtectedHeader(idToken).kid };
}

async function publishedKeys(node: Node): Promise<JWK[]> {
  return (await jsonOf(await fetch(`${node.url}/oauth/jwks`)))['keys'] as JWK[];
}

/** As the key sets would be so much later. */
function letKeysAge(seconds: number): Promise<unknown> {
  return app.sql(`UPDATE key_sets SET created_at = created_at - $1 * interval '1 second'`, [seconds]);
}

test('an ID token says who the user is, and verifies by the published keys', async () => {
  const { sub, kid } = await obtainIdToken();
  const [user] = await app.sql<{ id: string }>('SELECT id FROM users WHERE name = $1', [anna.name]);
  assert.equal(sub, user?.id);
  assert.ok((await publishedKeys(app)).some((key) => key['kid'] === kid));
});

test('without the scope openid there is no ID token', async () => {
  const { callback, verifier } = await authorize(config, anna, { scope: 'call' });
  const { id_token: idToken } = await oauth.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: verifier,
  });
  assert.equal(idToken, undefined);
});

test('an ID token is no access token', async () => {
  const { idToken } = await obtainIdToken();
  assert.equal(await callStatus(app, idToken), 401);
});

test('only public keys are published', async () => {
  const keys = await publishedKeys(app);
  assert.deepEqual(keys.map((key) => key['alg']).toSorted(), ['ES256', 'RS256']);
  for (const key of keys) {
    for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(part in key), part);
  }
});

test('nodes that start on the same database have the same keys', async () => {
  const [first, second] = await Promise.all([startSecondNode(), startSecondNode()]);
  assert.deepEqual(await publishedKeys(first), await publishedKeys(app));
  assert.deepEqual(await publishedKeys(second), await publishedKeys(app));
  assert.equal((await app.sql('SELECT id FROM key_sets')).length, 1);
});

test('every node continues what another began: sign-in, session, consent, code and tokens', async () => {
  const other = await startSecondNode();
  const atOther = await configureAt(other);
  const ben = await addBalancedPerson('ben');

  const { url, verifier } = await authorizationUrl(config);
  const signIn = await ben.browser.get(url.href);
  ben.browser.node = other;
  const signedIn = await ben.browser.post(signIn.location, { username: ben.name, password: PASSWORD });
  ben.browser.node = app;
  const consent = await ben.browser.get(signedIn.location);
  ben.browser.node = other;
  const granted = await ben.browser.post(consent.location, { grant: 'true' });
  ben.browser.node = app;
  const { location } = await ben.browser.get(granted.location);
  const first = await redeem(atOther, { callback: new URL(location), verifier });

  ben.browser.node = other;
  const again = await authorize(config, ben);
  assert.deepEqual(again.prompts, []);
  const second = await redeem(config, again);
  const third = await refresh(atOther, second.refresh);
  for (const node of [app, other]) {
    for (const { access } of [first, second, third]) {
      const answer = await fetch(`${node.url}/rest/call`, { headers: bearer(access) });
      assert.equal(answer.status, 200);
    }
  }
});

test('a code used at two nodes at once works at one of them at most', async () => {
  const other = await startSecondNode();
  const clients = [config, await configureAt(other)];
  for (let round = 0; round < 10; round++) {
    const authorized = await authorize(config, anna);
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => redeem(clients[index % 2] ?? config, authorized)),
    );
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    assert.ok(won.length <= 1, `round ${round}: ${won.length} redemptions succeeded`);
  }
});

test('a new key set is published at once, and signs only when every node has surely read it', async () => {
  const before = await obtainIdToken();
  await rotateKeys(app.database, COMMAND_LINE);

  const early = await startSecondNode();
  const published = await publishedKeys(early);
  assert.equal(published.length, 4);
  const stillOld = await obtainIdToken(early);
  assert.equal(stillOld.kid, before.kid);

  await letKeysAge(89);
  const almost = await startSecondNode();
  assert.equal((await obtainIdToken(almost)).kid, before.kid);

  await letKeysAge(2);
  const late = await startSecondNode();
  const after = await obtainIdToken(late);
  assert.notEqual(after.kid, before.kid);
  assert.ok(published.some((key) => key['kid'] === after.kid));
  const { payload } = await jwtVerify(before.idToken, createLocalJWKSet({ keys: await publishedKeys(late) }));
  assert.equal(payload.sub, before.sub);
});

test('sessions survive a rotation, on nodes that sign with the new keys and on those that do not yet', async () => {
  const carl = await addBalancedPerson('carl');
  await authorize(config, carl);
  await rotateKeys(app.database, COMMAND_LINE);
  const early = await startSecondNode();
  await letKeysAge(91);
  const late = await startSecondNode();

  for (const node of [late, early]) {
    carl.browser.node = node;
    assert.deepEqual((await authorize(config, carl)).prompts, []);
  }
  const dora = await addBalancedPerson('dora');
  dora.browser.node = late;
  assert.deepEqual((await authorize(config, dora)).prompts, ['login', 'consent']);
  dora.browser.node = early;
  assert.deepEqual((await authorize(config, dora)).prompts, []);
});

test('a key set is dropped 30 days after its successor took over, not before', async () => {
  const ids = async () =>
    (await app.sql<{ id: string }>('SELECT id FROM key_sets ORDER BY id')).map(({ id }) => id);
  const before = await ids();
  await letKeysAge(29 * 24 * 3600);
  await rotateKeys(app.database, COMMAND_LINE);
  assert.deepEqual((await ids()).slice(0, -1), before);
  await letKeysAge(2 * 24 * 3600);
  await rotateKeys(app.database, COMMAND_LINE);
  // The newest of those stays: its successor is two days old.
  assert.deepEqual((await ids()).slice(0, -2), before.slice(-1));
});
