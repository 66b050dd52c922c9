import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { calculateJwkThumbprint, exportJWK, type JWTPayload, SignJWT } from 'jose';
import * as oauth from 'openid-client';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { addPerson, authorize, configure, jsonOf, obtainTokens, refusal } from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const root = await addPerson(app, 'root', { administrator: true });
const confidential = await addModernClient(app);
const config = await configure(app, confidential);
const publicClient = await configure(app, await addModernClient(app, { public: true }));

const keys = await oauth.randomDPoPKeyPair('ES256', { extractable: true });
const otherKeys = await oauth.randomDPoPKeyPair('ES256', { extractable: true });
const CALL = `${app.url}/rest/call`;
const USERS = `${app.url}/admin/users`;

async function obtainBoundTokens(client = config, person = anna, scope = 'call') {
  const { callback, verifier } = await authorize(client, person, { scope });
  const handle = oauth.getDPoPHandle(client, keys);
  const checks = { pkceCodeVerifier: verifier };
  return oauth.authorizationCodeGrant(client, callback, checks, undefined, { DPoP: handle });
}

/** Claims that are to be others; undefined leaves them out. */
type Wrong = { readonly [Claim in keyof JWTPayload]?: JWTPayload[Claim] | undefined };

/** A proof made by hand, right in everything that is not said otherwise. */
async function makeProof(token: string, wrong: Wrong = {}, pair = keys, header: object = {}) {
  const claims = {
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    htm: 'GET',
    htu: CALL,
    ath: hashToken(token).toString('base64url'),
    ...wrong,
  };
  return new SignJWT(JSON.parse(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(pair.publicKey), ...header })
    .sign(pair.privateKey);
}

function present(token: string, proof: string | undefined, url = CALL, method = 'GET') {
  return fetch(url, {
    method,
    headers: { authorization: `DPoP ${token}`, ...(proof !== undefined && { dpop: proof }) },
  });
}

/** RFC 6750 section 3.1 and RFC 9449 section 7.1. */
async function assertRefused(answer: Response, because?: string): Promise<void> {
  assert.equal(answer.status, 401, because);
  assert.equal((await jsonOf(answer))['error'], 'token_invalid', because);
  const challenge = answer.headers.get('www-authenticate') ?? '';
  assert.match(challenge, /Bearer realm="[^"]+", error="invalid_token"/, because);
  assert.match(challenge, /DPoP algs="[^"]*ES256[^"]*", error="invalid_token"/, because);
}

/** RFC 9449 section 7.1: only the challenge of the scheme DPoP says what is wrong with the proof. */
async function assertProofRefused(answer: Response, because?: string): Promise<void> {
  assert.equal(answer.status, 401, because);
  assert.equal((await jsonOf(answer))['error'], 'token_invalid', because);
  const challenge = answer.headers.get('www-authenticate') ?? '';
  assert.match(challenge, /Bearer realm="[^"]+", (?!error)[^,]+, [^,]+, DPoP /, because);
  assert.match(
    challenge,
    /DPoP algs="[^"]*ES256[^"]*", error="invalid_dpop_proof", error_description="[^"]+", resource_metadata="[^"]+", scope="[^"]+"$/,
    because,
  );
}

test('a token that is requested with a proof is bound to its key', async () => {
  const tokens = await obtainBoundTokens();
  assert.equal(tokens.token_type, 'dpop');
  const jkt = await calculateJwkThumbprint(await exportJWK(keys.publicKey));
  const { cnf, token_type: type } = await oauth.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual(cnf, { jkt });
  assert.equal(type, 'DPoP');
  const hash = hashToken(tokens.access_token);
  assert.deepEqual(await app.sql('SELECT jkt FROM access_tokens WHERE hash = $1', [hash]), [{ jkt }]);
});

test('a bound token opens, shows and stops calls with its proof', async () => {
  const { access_token: token } = await obtainBoundTokens();
  const handle = oauth.getDPoPHandle(config, keys);
  const send = (method: string, url: string, form?: Record<string, string>) =>
    oauth.fetchProtectedResource(
      config,
      token,
      new URL(url),
      method,
      form && new URLSearchParams(form).toString(),
      new Headers(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      { DPoP: handle },
    );
  const opened = await send('POST', CALL, { number: '+447700900123' });
  assert.equal(opened.status, 201);
  const location = opened.headers.get('location') ?? '';
  assert.equal((await send('GET', location)).status, 200);
  assert.equal((await send('GET', CALL)).status, 200);
  const id = new URL(location).searchParams.get('token_call') ?? '';
  assert.equal((await send('PUT', CALL, { token_call: id })).status, 200);
  const [call] = await app.sql<{ ended: boolean }>(
    'SELECT ended_at IS NOT NULL AS ended FROM calls WHERE id = $1',
    [id],
  );
  assert.equal(call?.ended, true);
});

test('a bound token is refused as a bearer token, in every place', async () => {
  const { access_token: token } = await obtainBoundTokens();
  const proof = await makeProof(token);
  await assertRefused(await fetch(CALL, { headers: bearer(token) }), 'Authorization');
  await assertRefused(
    await fetch(CALL, { headers: { authentication: `Bearer ${token}` } }),
    'Authentication',
  );
  await assertRefused(await fetch(`${CALL}?access_token=${token}`), 'query');
  await assertRefused(
    await fetch(CALL, { headers: { ...bearer(token), dpop: proof } }),
    'Bearer with a proof',
  );
  await assertRefused(
    await fetch(`${CALL}?access_token=${token}`, { headers: { dpop: proof } }),
    'query with a proof',
  );
  const posted = await fetch(CALL, {
    method: 'POST',
    headers: bearer(token),
    body: new URLSearchParams({ number: '+447700900123' }),
  });
  await assertRefused(posted, 'POST');
});

test('a bound token is refused without a fresh proof for this token and this request', async () => {
  const { access_token: token } = await obtainBoundTokens();
  const now = Math.floor(Date.now() / 1000);
  const { access_token: another } = await obtainBoundTokens();
  const { d: _, ...publicJwk } = await exportJWK(otherKeys.privateKey);
  await assertRefused(await present(token, undefined), 'no proof');
  await assertRefused(await present(token, await makeProof(token, {}, otherKeys)), 'the key of another');
  const proofs: Record<string, string> = {
    'not a JWT': 'proof',
    'two proofs': `${await makeProof(token)}, ${await makeProof(token)}`,
    'a signature by another key': await makeProof(token, {}, keys, { jwk: publicJwk }),
    'a private key in the header': await makeProof(token, {}, keys, {
      jwk: await exportJWK(keys.privateKey),
    }),
    'another type': await makeProof(token, {}, keys, { typ: 'JWT' }),
    'another method': await makeProof(token, { htm: 'POST' }),
    'another path': await makeProof(token, { htu: `${app.url}/rest/calls` }),
    'another server': await makeProof(token, { htu: 'https://evil.example/rest/call' }),
    'another token': await makeProof(token, { ath: hashToken(another).toString('base64url') }),
    'no token': await makeProof(token, { ath: undefined }),
    'no jti': await makeProof(token, { jti: undefined }),
    'an empty jti': await makeProof(token, { jti: '' }),
    'a jti that is a number': await makeProof(token, { jti: 7 as unknown as string }),
    'a jti that is an object': await makeProof(token, { jti: { a: 1 } as unknown as string }),
    'a long jti': await makeProof(token, { jti: 'x'.repeat(256) }),
    'no iat': await makeProof(token, { iat: undefined }),
    old: await makeProof(token, { iat: now - 3600 }),
    'from the future': await makeProof(token, { iat: now + 3600 }),
  };
  for (const [because, proof] of Object.entries(proofs))
    await assertProofRefused(await present(token, proof), because);
  assert.equal((await present(token, await makeProof(token))).status, 200);
  assert.equal((await present(token, await makeProof(token, { jti: 'x'.repeat(255) }))).status, 200);
});

test('a proof without a signature, or signed with a shared secret, is refused', async () => {
  const { access_token: token } = await obtainBoundTokens();
  const [header = '', payload = ''] = (await makeProof(token)).split('.');
  const fields = JSON.parse(Buffer.from(header, 'base64url').toString());
  for (const alg of ['none', 'HS256']) {
    const forged = Buffer.from(JSON.stringify({ ...fields, alg })).toString('base64url');
    await assertProofRefused(await present(token, `${forged}.${payload}.`), alg);
  }
});

test('a proof works once, also when it is used several times at once', async () => {
  const { access_token: token } = await obtainBoundTokens();
  const proof = await makeProof(token);
  assert.equal((await present(token, proof)).status, 200);
  await assertProofRefused(await present(token, proof));

  const raced = await makeProof(token);
  const answers = await Promise.all(Array.from({ length: 8 }, () => present(token, raced)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('a proof is stored only if its token is valid and bound to its key', async () => {
  const { access_token: bound } = await obtainBoundTokens();
  const { access_token: expired } = await obtainBoundTokens();
  const { access: unbound } = await obtainTokens(config, anna);
  await app.sql(`UPDATE access_tokens SET expires_at = now() - interval '1 minute' WHERE hash = $1`, [
    hashToken(expired),
  ]);
  const countProofs = () => app.sql('SELECT count(*)::integer AS count FROM used_proofs');
  const before = await countProofs();
  for (const [because, token, pair] of [
    ['an unknown token', 'garbage', keys],
    ['a token bound to another key', bound, otherKeys],
    ['a token that is not bound', unbound, keys],
    ['an expired token', expired, keys],
  ] as const) {
    for (const url of [CALL, USERS, `${app.url}/api/v1/webhooks`]) {
      const { status } = await present(token, await makeProof(token, { htu: url }, pair), url);
      assert.equal(status, 401, `${because} at ${url}`);
    }
    assert.deepEqual(await countProofs(), before, because);
  }
  assert.equal((await present(bound, await makeProof(bound))).status, 200);
  assert.notDeepEqual(await countProofs(), before);
});

test('a proof does not cover the query', async () => {
  const { access_token: token } = await obtainBoundTokens();
  const answer = await present(token, await makeProof(token), `${CALL}?token_call=unknown`);
  assert.equal(answer.status, 409);
});

test('a token that is not bound is refused under the scheme DPoP', async () => {
  const { access } = await obtainTokens(config, anna);
  await assertRefused(await present(access, await makeProof(access)));
  assert.equal((await fetch(CALL, { headers: bearer(access) })).status, 200);
});

test('the admin API requires the proof, too', async () => {
  const { access_token: token, scope } = await obtainBoundTokens(config, root, 'admin');
  assert.equal(scope, 'admin');
  await assertRefused(await fetch(USERS, { headers: bearer(token) }), 'bearer');
  await assertRefused(await present(token, undefined, USERS), 'no proof');
  await assertProofRefused(await present(token, await makeProof(token), USERS), 'for another path');
  await assertRefused(
    await present(token, await makeProof(token, { htu: USERS }, otherKeys), USERS),
    'key of another',
  );
  assert.equal((await present(token, await makeProof(token, { htu: USERS }), USERS)).status, 200);
});

test('a request without a token gets a DPoP challenge', async () => {
  for (const url of [CALL, USERS]) {
    const answer = await fetch(url);
    assert.equal(answer.status, 401);
    const challenge = answer.headers.get('www-authenticate') ?? '';
    assert.match(challenge, /Bearer realm=/);
    assert.match(challenge, /DPoP algs="ES256 EdDSA RS256 PS256"/);
    assert.doesNotMatch(challenge, /error=/);
  }
});

test("a public client's refresh token is bound to the key as well", async () => {
  const { refresh_token: refreshToken = '' } = await obtainBoundTokens(publicClient);
  const withKeys = (pair: oauth.CryptoKeyPair) => ({ DPoP: oauth.getDPoPHandle(publicClient, pair) });
  await assert.rejects(oauth.refreshTokenGrant(publicClient, refreshToken), refusal('invalid_grant'));
  await assert.rejects(
    oauth.refreshTokenGrant(publicClient, refreshToken, undefined, withKeys(otherKeys)),
    refusal('invalid_grant'),
  );
  const refreshed = await oauth.refreshTokenGrant(publicClient, refreshToken, undefined, withKeys(keys));
  assert.equal(refreshed.token_type, 'dpop');
  assert.equal((await present(refreshed.access_token, await makeProof(refreshed.access_token))).status, 200);
});

test('every successor of a bound refresh token is bound to the same key, also when the token is used twice', async () => {
  const { refresh_token: refreshToken = '' } = await obtainBoundTokens(publicClient);
  const withKeys = (pair: oauth.CryptoKeyPair) => ({ DPoP: oauth.getDPoPHandle(publicClient, pair) });
  const use = (token: string, pair = keys) =>
    oauth.refreshTokenGrant(publicClient, token, undefined, withKeys(pair));
  const successors = await Promise.all([use(refreshToken), use(refreshToken)]);
  await assert.rejects(use(refreshToken, otherKeys), refusal('invalid_grant'));
  for (const { refresh_token: successor = '', access_token: token } of successors) {
    assert.equal((await present(token, await makeProof(token))).status, 200);
    await assert.rejects(oauth.refreshTokenGrant(publicClient, successor), refusal('invalid_grant'));
    await assert.rejects(use(successor, otherKeys), refusal('invalid_grant'));
    assert.equal((await use(successor)).token_type, 'dpop');
  }
});

test('a code that is requested with dpop_jkt is redeemed only with that key', async () => {
  const jkt = await calculateJwkThumbprint(await exportJWK(keys.publicKey));
  const redeemWith = async (pair: oauth.CryptoKeyPair) => {
    const { callback, verifier } = await authorize(config, anna, { dpop_jkt: jkt });
    return oauth.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier }, undefined, {
      DPoP: oauth.getDPoPHandle(config, pair),
    });
  };
  await assert.rejects(redeemWith(otherKeys), refusal('invalid_grant'));
  assert.equal((await redeemWith(keys)).token_type, 'dpop');
});

test('a token of a client alone can be bound, and still opens no calls', async () => {
  const { access_token: token, token_type: type } = await oauth.clientCredentialsGrant(
    config,
    { scope: 'call' },
    { DPoP: oauth.getDPoPHandle(config, keys) },
  );
  assert.equal(type, 'dpop');
  await assertRefused(await fetch(CALL, { headers: bearer(token) }));
  assert.equal((await present(token, await makeProof(token))).status, 403);
});

test('the token endpoint refuses a replayed proof', async () => {
  const proof = await new SignJWT({ jti: randomUUID(), htm: 'POST', htu: `${app.url}/oauth/token` })
    .setIssuedAt()
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(keys.publicKey) })
    .sign(keys.privateKey);
  const { client } = await addModernClient(app, { public: true });
  const own = await configure(app, { client, secret: undefined });
  const redeemByHand = async () => {
    const { callback, verifier } = await authorize(own, anna);
    return fetch(`${app.url}/oauth/token`, {
      method: 'POST',
      headers: { dpop: proof },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: client.id,
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: 'http://localhost:5555/cb',
        code_verifier: verifier,
      }),
    });
  };
  assert.equal((await redeemByHand()).status, 200);
  assert.equal((await redeemByHand()).status, 400);
});

suite('a proof is remembered until it is too old to be accepted', () => {
  const now = () => Math.floor(Date.now() / 1000);

  async function rememberedSeconds(send: () => Promise<Response>): Promise<number> {
    await app.sql('DELETE FROM used_proofs');
    assert.equal((await send()).status, 200);
    const rows = await app.sql<{ seconds: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float AS seconds FROM used_proofs',
    );
    assert.equal(rows.length, 1);
    return rows[0]?.seconds ?? 0;
  }

  async function askForOwnToken(iat: number, jti: string = randomUUID()): Promise<Response> {
    const proof = await new SignJWT({ jti, iat, htm: 'POST', htu: `${app.url}/oauth/token` })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(keys.publicKey) })
      .sign(keys.privateKey);
    return fetch(`${app.url}/oauth/token`, {
      method: 'POST',
      headers: { dpop: proof, authorization: basic },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'call' }),
    });
  }

  const { client, secret } = confidential;
  const basic = `Basic ${btoa(`${client.id}:${secret}`)}`;

  for (const offset of [-200, 0, 290]) {
    test(`at the token endpoint: ${offset} seconds from now, and 300 more`, async () => {
      const seconds = await rememberedSeconds(() => askForOwnToken(now() + offset));
      assert.ok(Math.abs(seconds - (offset + 305)) < 4, String(seconds));
    });
  }

  for (const offset of [-50, 0, 50]) {
    test(`at the API: ${offset} seconds from now, and 60 more`, async () => {
      const { access_token: token } = await obtainBoundTokens();
      const proof = await makeProof(token, { iat: now() + offset });
      const seconds = await rememberedSeconds(() => present(token, proof));
      assert.ok(Math.abs(seconds - (offset + 65)) < 4, String(seconds));
    });
  }

  test('at the token endpoint, its jti is a short text', async () => {
    assert.equal((await askForOwnToken(now(), 'x'.repeat(255))).status, 200);
    for (const jti of ['', 'x'.repeat(256), 7 as unknown as string]) {
      const answer = await askForOwnToken(now(), jti);
      assert.equal(answer.status, 400, String(jti));
      assert.equal((await jsonOf(answer))['error'], 'invalid_dpop_proof');
    }
  });
});
