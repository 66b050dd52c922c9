import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import {
  addPerson,
  callStatus,
  isActive,
  jsonOf,
  obtainTokens,
  refresh,
  registerDynamically,
} from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');

const keys = await generateKeyPair('ES256', { extractable: true });
const publicJwk = { ...(await exportJWK(keys.publicKey)), kid: 'first', alg: 'ES256', use: 'sig' };
const metadata = {
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  jwks: { keys: [publicJwk] },
};
const config = await registerDynamically(
  app,
  metadata,
  oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'first' }),
);
const { client_id: id } = config.clientMetadata();

/** Claims that are to be others; undefined leaves them out. */
type Wrong = { readonly [Claim in keyof JWTPayload]?: JWTPayload[Claim] | undefined };

function assertion(wrong: Wrong = {}, key = keys.privateKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: id, sub: id, aud: app.url, jti: randomUUID(), iat: now, exp: now + 60, ...wrong };
  return new SignJWT(JSON.parse(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'first' })
    .sign(key);
}

function askForToken(
  clientAssertion: string,
  path = '/oauth/token',
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${app.url}${path}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'call',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: clientAssertion,
    }),
  });
}

test('a client that signs with its key gets tokens, refreshes, introspects and revokes them', async () => {
  assert.equal(config.clientMetadata()['client_secret'], undefined);
  const tokens = await obtainTokens(config, anna);
  assert.equal(await callStatus(app, tokens.access), 200);
  const { access } = await refresh(config, tokens.refresh);
  assert.equal(await isActive(config, access), true);
  await oauth.tokenRevocation(config, access);
  assert.equal(await callStatus(app, access), 401);
});

test('its secret and private key are not stored', async () => {
  const [row] = await app.sql<{ secret_hash: string | null; metadata: { jwks: unknown } }>(
    'SELECT secret_hash, metadata FROM clients WHERE id = $1',
    [id],
  );
  assert.equal(row?.secret_hash, null);
  assert.deepEqual(row?.metadata.jwks, { keys: [publicJwk] });
});

test('an assertion works once, also when it is used several times at once', async () => {
  const replayed = await assertion();
  assert.equal((await askForToken(replayed)).status, 200);
  const again = await askForToken(replayed);
  assert.match(String(again.status), /^40[01]$/);
  assert.equal((await jsonOf(again))['access_token'], undefined);

  const raced = await assertion();
  const answers = await Promise.all(Array.from({ length: 8 }, () => askForToken(raced)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('an assertion must be signed by the registered key, for this server, by this client, and not be over', async () => {
  const now = Math.floor(Date.now() / 1000);
  const stranger = await generateKeyPair('ES256');
  const wrong = {
    'the key of another': assertion({}, stranger.privateKey),
    'for another server': assertion({ aud: 'https://evil.example' }),
    'by another client': assertion({ iss: 'another' }),
    'over since a while': assertion({ iat: now - 600, exp: now - 300 }),
    'without an end': assertion({ exp: undefined }),
    'without a jti': assertion({ jti: undefined }),
  };
  for (const [because, made] of Object.entries(wrong)) {
    const answer = await askForToken(await made);
    assert.equal(answer.status, 401, because);
    assert.equal((await jsonOf(answer))['error'], 'invalid_client', because);
  }
});

suite('the audience of an assertion is the issuer, alone and as a string', () => {
  const tokenEndpoint = `${app.url}/oauth/token`;
  const others: Readonly<Record<string, unknown>> = {
    'the issuer in a list': [app.url],
    'the issuer and another server': [app.url, 'https://evil.example'],
    'another server and the token endpoint': ['https://evil.example', tokenEndpoint],
    'the pushed request endpoint': `${app.url}/oauth/par`,
    'the issuer with a slash': `${app.url}/`,
    'another server': 'https://evil.example',
  };

  async function assertRefused(aud: unknown, because: string): Promise<void> {
    for (const path of ['/oauth/token', '/oauth/par', '/oauth/introspect']) {
      const answer = await askForToken(await assertion({ aud: aud as string }), path);
      assert.equal(answer.status, 401, `${because} at ${path}`);
      assert.equal((await jsonOf(answer))['error'], 'invalid_client', because);
    }
  }

  for (const [because, aud] of Object.entries({ ...others, 'the token endpoint': tokenEndpoint }))
    test(`not ${because}`, () => assertRefused(aud, because));

  test('the error says which audience is accepted', async () => {
    const answer = await askForToken(await assertion({ aud: tokenEndpoint }));
    assert.equal(
      (await jsonOf(answer))['error_description'],
      `aud of the client assertion must be a single string: ${app.url}`,
    );
  });

  test('or the token endpoint, for a client so marked by an administrator', async () => {
    await app.clients.setAssertionAudience(id, 'tokenEndpoint', COMMAND_LINE);
    assert.equal((await askForToken(await assertion({ aud: tokenEndpoint }))).status, 200);
    assert.equal((await askForToken(await assertion())).status, 200);
    for (const [because, aud] of Object.entries(others)) await assertRefused(aud, because);
    await assertRefused([tokenEndpoint], 'the token endpoint in a list');
    await app.clients.setAssertionAudience(id, 'issuer', COMMAND_LINE);
    await assertRefused(tokenEndpoint, 'no longer marked');
  });
});

suite('an assertion lives at most an hour', () => {
  const now = () => Math.floor(Date.now() / 1000);

  test('from now, and from its iat', async () => {
    for (const [because, wrong] of Object.entries({
      'ten years': { exp: now() + 10 * 365 * 24 * 3600 },
      'more than an hour': { exp: now() + 3_700 },
      'made long ago': { iat: now() - 3_600, exp: now() + 60 },
      'made in the future': { iat: now() + 300, exp: now() + 600 },
    })) {
      const answer = await askForToken(await assertion(wrong));
      assert.equal(answer.status, 401, because);
      assert.match(
        String((await jsonOf(answer))['error_description']),
        /^(exp|iat) of the client assertion/,
        because,
      );
    }
    assert.equal((await askForToken(await assertion({ exp: now() + 3_590 }))).status, 200);
    assert.equal((await askForToken(await assertion({ iat: undefined }))).status, 200);
  });

  test('and is remembered no longer than it could be used', async () => {
    await app.sql('DELETE FROM used_proofs');
    assert.equal((await askForToken(await assertion({ exp: now() + 3_590 }))).status, 200);
    const [row] = await app.sql<{ seconds: number }>(
      'SELECT extract(epoch FROM expires_at - now())::integer AS seconds FROM used_proofs',
    );
    const TOLERANCE = 15; // of the provider, for the client's clock
    assert.ok(row && row.seconds > 3_500 && row.seconds <= 3_590 + TOLERANCE, String(row?.seconds));
  });

  test('with a jti that is a short text', async () => {
    for (const jti of [7, { a: 1 }, 'x'.repeat(256)]) {
      const answer = await askForToken(await assertion({ jti: jti as string }));
      assert.equal(answer.status, 401, JSON.stringify(jti));
    }
    assert.equal((await askForToken(await assertion({ jti: 'x'.repeat(255) }))).status, 200);
  });
});

suite('an assertion sent with a DPoP proof', () => {
  const TOKEN_ENDPOINT = `${app.url}/oauth/token`;
  const now = () => Math.floor(Date.now() / 1000);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = (claims: unknown) => `${encode({ alg: 'ES256' })}.${encode(claims)}.`;

  async function proof(jti: string): Promise<string> {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    return new SignJWT({ jti, iat: now(), htm: 'POST', htu: TOKEN_ENDPOINT })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .sign(privateKey);
  }

  for (const [what, dpop] of Object.entries({
    'is no JWT': 'garbage',
    'looks like a JWT': 'a.b.c',
    'has no payload': `${encode({ alg: 'ES256' })}..`,
    'is a list': unsigned([]),
    'has a jti that is null': unsigned({ jti: null }),
    'has a jti that is a number': unsigned({ jti: 1 }),
    'has a long jti': unsigned({ jti: 'x'.repeat(256) }),
    'has no signature': unsigned({ jti: 'one', iat: now() }),
  })) {
    test(`gets a clear error if the proof ${what}`, async () => {
      const answer = await askForToken(await assertion(), '/oauth/token', { dpop });
      assert.equal(answer.status, 400, await answer.clone().text());
      assert.equal((await jsonOf(answer))['error'], 'invalid_dpop_proof');
    });
  }

  for (const [what, iat] of Object.entries({ 'no iat': undefined, 'an old iat': 1, 'a text as iat': 'x' })) {
    test(`works once, although the proof has its jti, ${what} and no signature`, async () => {
      const jti = randomUUID();
      const once = await assertion({ jti });
      const answer = await askForToken(once, '/oauth/token', { dpop: unsigned({ jti, iat }) });
      assert.deepEqual([answer.status, (await jsonOf(answer))['error']], [400, 'invalid_dpop_proof']);
      await app.sql('DELETE FROM used_proofs WHERE expires_at < now()');
      const replayed = await askForToken(once);
      assert.deepEqual([replayed.status, (await jsonOf(replayed))['error']], [401, 'invalid_client']);
    });
  }

  test('may have the jti of the proof; then each still works once', async () => {
    const jti = randomUUID();
    const [own, shared] = [await assertion({ jti }), await proof(jti)];
    assert.equal((await askForToken(own, '/oauth/token', { dpop: shared })).status, 200);
    assert.equal((await askForToken(own)).status, 401);
    assert.equal((await askForToken(await assertion(), '/oauth/token', { dpop: shared })).status, 400);
  });

  test('works once when it is used several times at once', async () => {
    const [once, header] = [await assertion(), await proof(randomUUID())];
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => askForToken(once, '/oauth/token', { dpop: header })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      200,
      ...Array.from({ length: 7 }, () => 401),
    ]);
  });
});

test('it is refused without its key', async () => {
  const answer = await fetch(`${app.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'call', client_id: id }),
  });
  assert.equal(answer.status, 401);
});

test('a private key cannot be registered by mistake', async () => {
  const jwks = { keys: [{ ...(await exportJWK(keys.privateKey)), alg: 'ES256' }] };
  await assert.rejects(registerDynamically(app, { ...metadata, jwks }), { status: 400 });
});
