import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { exportJWK, SignJWT } from 'jose';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { createGrantService } from '../../src/core/grants/grant-service.ts';
import { hashToken } from '../../src/core/tokens/access-token.ts';
import { startApp, type TestApp } from '../harness/app.ts';
import { addModernClient, bearer } from '../harness/people.ts';
import {
  addPerson,
  authorizationUrl,
  authorize,
  configure,
  type Person,
  walk,
} from '../web/oauth/modern-walk.ts';
import { record, times } from './campaign.ts';
import { askAtOnce, startTwoServers } from './two-servers.ts';

const PATH = '/oauth/userinfo';
const SCOPE = 'openid profile phone';
const ROUNDS = times(3, 60);
const AT_ONCE = times(8, 40);

const app = await startApp();
const another = await startApp(); // with users, clients and keys of its own
const servers = await startTwoServers(app);
const registered = await addModernClient(app);
const config = await configure(app, registered);

async function withNumber(node: TestApp, name: string): Promise<Person> {
  const person = await addPerson(node, name);
  await node.users.setNumbers(name, ['+447700900001'], COMMAND_LINE);
  return person;
}

const anna = await withNumber(app, 'anna');

type Node = Pick<TestApp, 'url'>;
type Keys = oauth.CryptoKeyPair;

const newKeys = () => oauth.randomDPoPKeyPair('ES256', { extractable: true });

/** @param keys binds the access token */
async function tokensFor(person: Person, client = config, keys?: Keys) {
  const { callback, verifier } = await authorize(client, person, { scope: SCOPE });
  return oauth.authorizationCodeGrant(client, callback, { pkceCodeVerifier: verifier }, undefined, {
    ...(keys && { DPoP: oauth.getDPoPHandle(client, keys) }),
  });
}

async function prove(token: string, { publicKey, privateKey }: Keys, claims: object = {}): Promise<string> {
  const right = {
    jti: randomUUID(),
    htm: 'GET',
    htu: app.url + PATH,
    ath: hashToken(token).toString('base64url'),
  };
  return new SignJWT({ ...right, ...claims })
    .setIssuedAt()
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
    .sign(privateKey);
}

interface Seen {
  readonly status: number;
  readonly text: string;
}

async function ask({ url }: Node, headers: Record<string, string>): Promise<Seen> {
  const answer = await fetch(url + PATH, { headers });
  return { status: answer.status, text: await answer.text() };
}

async function send({ url }: Node, token: string): Promise<Seen> {
  const answer = await fetch(url + PATH, {
    method: 'POST',
    body: new URLSearchParams({ access_token: token }),
  });
  return { status: answer.status, text: await answer.text() };
}

const withProof = (node: Node, token: string, proof: string) =>
  ask(node, { authorization: `DPoP ${token}`, dpop: proof });

let refused = 0;

/** Whatever is refused says nothing about the person. */
function assertRefused({ status, text }: Seen, because: string): void {
  assert.ok(status === 401 || status === 403, `${because}: ${status} ${text}`);
  assert.doesNotMatch(text, /sub|anna|4477/, because);
  refused++;
}

test('UserInfo takes no token that was made for another purpose or another person', async () => {
  const stranger = await withNumber(another, 'anna');
  const elsewhere = await configure(another, await addModernClient(another));
  for (let round = 0; round < ROUNDS; round++) {
    const [own, foreign] = [await tokensFor(anna), await tokensFor(stranger, elsewhere)];
    const { url, verifier } = await authorizationUrl(config, { scope: SCOPE });
    const { callback } = await walk(anna, url);
    const alone = await oauth.clientCredentialsGrant(config, { scope: SCOPE });
    const onlyCalls = await authorize(config, anna, { scope: 'call profile phone' });
    const narrow = await oauth.authorizationCodeGrant(config, onlyCalls.callback, {
      pkceCodeVerifier: onlyCalls.verifier,
    });
    const tokens: Record<string, string | undefined> = {
      'another server': foreign.access_token,
      'an ID token': own.id_token,
      'an ID token of another server': foreign.id_token,
      'a refresh token': own.refresh_token,
      'a code': callback.searchParams.get('code') ?? undefined,
      'a verifier': verifier,
      'a secret': registered.secret,
      'a hash': hashToken(own.access_token).toString('base64url'),
      'a token of a client': alone.access_token,
      'a token without openid': narrow.access_token,
      'a token with more': `${own.access_token}x`,
      'a token with less': own.access_token.slice(0, -1),
      'a token in capitals': own.access_token.toUpperCase(),
    };
    for (const [because, token] of Object.entries(tokens)) {
      assert.ok(token, because);
      for (const server of servers) {
        assertRefused(await ask(server, bearer(token)), because);
        assertRefused(await send(server, token), `${because}, in a form`);
      }
    }
    for (const server of servers) assert.equal((await ask(server, bearer(own.access_token))).status, 200);
  }
  record({
    invariant: 'UserInfo answers only tokens that a person granted for it',
    tried: `${refused} requests on two servers: tokens of another server, ID tokens, refresh tokens, codes, secrets, hashes, tokens of clients, tokens without openid, and altered ones, in the header and in a form`,
    found: 'each got 401 or 403, and nothing about a person',
  });
});

test('a proof opens UserInfo once, whatever the number of servers, and only with its key', async () => {
  let replays = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const [keys, others] = [await newKeys(), await newKeys()];
    const { access_token: token } = await tokensFor(anna, config, keys);
    const { access_token: other } = await tokensFor(anna, config, others);
    for (const server of servers) {
      assertRefused(await ask(server, bearer(token)), 'as a bearer token');
      assertRefused(await send(server, token), 'in a form');
      assertRefused(await ask(server, { authorization: `DPoP ${token}` }), 'no proof');
      assertRefused(await withProof(server, token, await prove(token, others)), 'another key');
      assertRefused(await withProof(server, token, await prove(other, keys)), 'for another token');
      assertRefused(await withProof(server, token, await prove(token, keys, { htm: 'POST' })), 'method');
      const elsewhere = await prove(token, keys, { htu: another.url + PATH });
      assertRefused(await withProof(server, token, elsewhere), 'for another server');
    }
    const proof = await prove(token, keys);
    const seen = await askAtOnce(servers, AT_ONCE, (server) => withProof(server, token, proof));
    assert.equal(seen.filter(({ status }) => status === 200).length, 1, `round ${round}`);
    for (const each of seen) if (each.status !== 200) assertRefused(each, 'replay');
    replays += seen.length - 1;
  }
  record({
    invariant: 'A stolen token that is bound to a key opens nothing at UserInfo',
    tried: `${ROUNDS} tokens: as bearer tokens, without a proof, with proofs of another key, token, method or server, and ${replays} replays of a proof, ${AT_ONCE} at once on two servers`,
    found: 'each was refused, and each proof was accepted once',
  });
});

/** What ends a token, and what lets the next round begin. */
const endings: Record<string, (token: string) => Promise<(() => Promise<unknown>) | undefined>> = {
  async revocation(token) {
    await oauth.tokenRevocation(config, token);
    return undefined;
  },
  async withdrawal() {
    await createGrantService(app.database).withdraw('anna', registered.client.id, COMMAND_LINE);
    return undefined;
  },
  async disabling() {
    await app.users.setDisabled('anna', true, COMMAND_LINE);
    return () => app.users.setDisabled('anna', false, COMMAND_LINE);
  },
};

for (const [name, end] of Object.entries(endings))
  test(`no server answers a token after its ${name}, however many requests are under way`, async () => {
    let during = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { access_token: token } = await tokensFor(anna);
      const asking = askAtOnce(servers, AT_ONCE, (server) => ask(server, bearer(token)));
      const restore = await end(token);
      for (const seen of await askAtOnce(servers, AT_ONCE, (server) => ask(server, bearer(token))))
        assertRefused(seen, `after the ${name}`);
      for (const seen of await asking) if (seen.status !== 200) assertRefused(seen, `during the ${name}`);
      during += AT_ONCE;
      await restore?.();
    }
    record({
      invariant: `UserInfo is closed at once (${name})`,
      tried: `${ROUNDS} tokens, ${during} requests on two servers during the ${name}, and as many after it`,
      found: 'none of the later ones was answered',
    });
  });
