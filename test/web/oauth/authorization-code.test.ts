import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { startApp } from '../../harness/app.ts';
import {
  addClassicClient,
  addModernClient,
  bearer,
  MODERN_REDIRECT_URI,
  PASSWORD,
} from '../../harness/people.ts';
import {
  type Authorized,
  addPerson,
  age,
  authorizationUrl,
  authorize,
  callStatus,
  configure,
  formOf,
  isActive,
  OPENS_PAGE,
  redeem,
  refresh,
  refusal,
} from './modern-walk.ts';

const OTHER_REDIRECT_URI = 'http://localhost:5555/other';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const confidential = await configure(
  app,
  await app.clients.registerClient(
    {
      name: 'Two addresses',
      redirectUris: [MODERN_REDIRECT_URI, OTHER_REDIRECT_URI],
    },
    COMMAND_LINE,
  ),
);
const publicClient = await configure(app, await addModernClient(app, { public: true }));

const clients = [
  ['a confidential client', confidential],
  ['a public client', publicClient],
] as const;

for (const [kind, config] of clients) {
  test(`${kind} gets from sign-in and consent to a token that opens a call`, async () => {
    const state = oauth.randomState();
    const visitor = await addPerson(app, `visitor-${kind.replaceAll(' ', '-')}`);
    const { callback, prompts, verifier } = await authorize(config, visitor, { state });
    assert.deepEqual(prompts, ['login', 'consent']);
    assert.equal(callback.origin + callback.pathname, MODERN_REDIRECT_URI);

    const tokens = await oauth.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: verifier,
      expectedState: state,
    });
    assert.equal(tokens.token_type, 'bearer');
    assert.equal(tokens.expires_in, 3600);
    assert.equal(tokens.scope, 'call');
    assert.ok(tokens.refresh_token);

    const opened = await fetch(`${app.url}/rest/call`, {
      method: 'POST',
      headers: bearer(tokens.access_token),
      body: new URLSearchParams({ number: '+447700900123' }),
    });
    assert.equal(opened.status, 201);
    const calls = await app.sql(
      'SELECT c.client_id, c.callee FROM calls c JOIN users u ON u.id = c.user_id WHERE u.name = $1',
      [visitor.name],
    );
    assert.deepEqual(calls, [{ client_id: config.clientMetadata().client_id, callee: '+447700900123' }]);
  });

  test(`${kind} cannot begin without PKCE`, async () => {
    const url = oauth.buildAuthorizationUrl(config, { redirect_uri: MODERN_REDIRECT_URI, scope: 'call' });
    const answer = await anna.browser.follow(url.href);
    const { searchParams } = new URL(answer.location);
    assert.equal(searchParams.get('error'), 'invalid_request');
    assert.match(searchParams.get('error_description') ?? '', /PKCE/);
    assert.equal(searchParams.get('code'), null);
  });

  test(`${kind} cannot begin with the challenge method plain, nor leave the method out`, async () => {
    for (const method of [{ code_challenge_method: 'plain' }, {}]) {
      const url = oauth.buildAuthorizationUrl(config, {
        redirect_uri: MODERN_REDIRECT_URI,
        scope: 'call',
        code_challenge: oauth.randomPKCECodeVerifier(),
        ...method,
      });
      const answer = await anna.browser.follow(url.href);
      assert.equal(new URL(answer.location).searchParams.get('error'), 'invalid_request');
    }
  });

  test(`a code of ${kind} is worth nothing without its verifier`, async () => {
    const authorized = await authorize(config, anna);
    const authorization = await authorizationOf(authorized);
    await assert.rejects(
      redeem(config, { ...authorized, verifier: oauth.randomPKCECodeVerifier() }),
      refusal('invalid_grant'),
    );
    await assert.rejects(
      oauth.genericGrantRequest(config, 'authorization_code', {
        code: codeOf(authorized),
        redirect_uri: MODERN_REDIRECT_URI,
      }),
      refusal('invalid_grant'),
    );
    assert.equal(await countTokensUnder(authorization), 0);
  });
}

test('a code is bound to the client it was given to', async () => {
  const authorized = await authorize(confidential, anna);
  await assert.rejects(
    oauth.genericGrantRequest(publicClient, 'authorization_code', {
      code: codeOf(authorized),
      redirect_uri: MODERN_REDIRECT_URI,
      code_verifier: authorized.verifier,
    }),
    refusal('invalid_grant'),
  );
  assert.ok(await isActive(confidential, (await redeem(confidential, authorized)).access));
});

test('a code is bound to the redirect URI it was sent to, though the other one is registered too', async () => {
  const authorized = await authorize(confidential, anna);
  const callback = new URL(OTHER_REDIRECT_URI + authorized.callback.search);
  await assert.rejects(redeem(confidential, { ...authorized, callback }), refusal('invalid_grant'));
});

test('a redirect URI must match a registered one exactly', async () => {
  for (const redirectUri of [
    `${MODERN_REDIRECT_URI}/`,
    `${MODERN_REDIRECT_URI}?a=b`,
    'https://evil.example/cb',
  ]) {
    const { url } = await authorizationUrl(confidential, { redirect_uri: redirectUri });
    const answer = await anna.browser.get(url.href);
    assert.equal(answer.status, 400);
    assert.equal(answer.location, '');
    assert.equal(answer.json()['error'], 'invalid_redirect_uri');
  }
});

test('a code works for 60 seconds', async () => {
  const authorized = await authorize(confidential, anna);
  await age(app, 'AuthorizationCode', 50);
  await redeem(confidential, authorized);
});

test('a code does not work after 60 seconds', async () => {
  const authorized = await authorize(confidential, anna);
  const authorization = await authorizationOf(authorized);
  await age(app, 'AuthorizationCode', 61);
  await assert.rejects(redeem(confidential, authorized), refusal('invalid_grant'));
  assert.equal(await countTokensUnder(authorization), 0);
});

test('refuses a code that was already redeemed, and revokes its tokens', async () => {
  const authorized = await authorize(confidential, anna);
  const authorization = await authorizationOf(authorized);
  const first = await redeem(confidential, authorized);
  assert.equal(await callStatus(app, first.access), 200);
  assert.equal(await countTokensUnder(authorization), 2);

  await assert.rejects(redeem(confidential, authorized), refusal('invalid_grant'));
  assert.equal(await callStatus(app, first.access), 401);
  assert.equal(await isActive(confidential, first.access), false);
  await assert.rejects(refresh(confidential, first.refresh), refusal('invalid_grant'));
  assert.equal(await countTokensUnder(authorization), 0);
  assert.deepEqual(await app.sql('SELECT id FROM authorizations WHERE id = $1', [authorization]), []);
});

test('of 10 simultaneous redemptions of one code at most one succeeds, and its tokens are revoked', async () => {
  for (let round = 0; round < 30; round++) {
    const authorized = await authorize(confidential, anna);
    const authorization = await authorizationOf(authorized);
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () => redeem(confidential, authorized)),
    );
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    const errors = attempts
      .filter((attempt) => attempt.status === 'rejected')
      .map(({ reason }) => reason.error);
    assert.ok(won.length <= 1, `round ${round}: ${won.length} redemptions succeeded`);
    assert.deepEqual(new Set(errors), new Set(['invalid_grant']), `round ${round}`);
    for (const { value } of won) {
      assert.equal(await callStatus(app, value.access), 401, `round ${round}`);
      assert.equal(await isActive(confidential, value.refresh), false, `round ${round}`);
    }
    assert.equal(await countTokensUnder(authorization), 0, `round ${round}`);
  }
});

test('a confidential client must prove itself to redeem a code', async () => {
  const authorized = await authorize(confidential, anna);
  const { client_id: id } = confidential.clientMetadata();
  for (const authentication of [
    oauth.ClientSecretBasic('wrong'),
    oauth.ClientSecretPost('wrong'),
    oauth.None(),
  ]) {
    const impostor = new oauth.Configuration(confidential.serverMetadata(), id, undefined, authentication);
    oauth.allowInsecureRequests(impostor);
    await assert.rejects(redeem(impostor, authorized), (error: { status: number; error: string }) => {
      assert.equal(error.status, 401);
      return true;
    });
  }
  await redeem(confidential, authorized);
});

test('tokens come with Cache-Control: no-store', async () => {
  const { verifier, callback } = await authorize(publicClient, anna);
  const answer = await fetch(`${app.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: publicClient.clientMetadata().client_id,
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: MODERN_REDIRECT_URI,
      code_verifier: verifier,
    }),
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
});

test('the redirect that carries a code is neither stored nor told to the next site', async () => {
  const { url } = await authorizationUrl(confidential);
  const answer = await anna.browser.get(url.href);
  assert.ok(new URL(answer.location).searchParams.has('code'));
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
});

test('a client can get its code by form_post, on a page whose policy allows its script', async () => {
  const { url, verifier } = await authorizationUrl(confidential, {
    response_mode: 'form_post',
    state: 'abc',
  });
  const page = await anna.browser.get(url.href, OPENS_PAGE);
  assert.equal(page.status, 200);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'sha256-/);
  const form = formOf(page.text);
  assert.equal(form?.action, MODERN_REDIRECT_URI);
  assert.deepEqual(Object.keys(form.fields).toSorted(), ['code', 'iss', 'state']);
  const callback = new URL(`${form.action}?${new URLSearchParams(form.fields)}`);
  const checks = { pkceCodeVerifier: verifier, expectedState: 'abc' };
  assert.ok((await oauth.authorizationCodeGrant(confidential, callback, checks)).access_token);
});

test('a modern client cannot have the ways of answering that classic clients have', async () => {
  const requests = [
    { response_mode: 'classic.code' },
    { response_mode: 'classic.token' },
    { response_type: 'none' },
    { response_type: 'none', response_mode: 'classic.token' },
    { response_type: 'token' },
    { response_type: 'code id_token' },
  ];
  for (const request of requests) {
    const { url } = await authorizationUrl(confidential, request);
    const answer = await anna.browser.get(url.href);
    const description = `${JSON.stringify(request)}: ${answer.status} ${answer.location} ${answer.text}`;
    assert.doesNotMatch(answer.location, /code=|access_token=/, description);
    assert.match(answer.location || answer.text, /error=|"error"/, description);
  }
});

test('a classic client, and no other, is let off PKCE', async () => {
  const classic = await addClassicClient(app);
  const query = new URLSearchParams({
    client_id: classic.id,
    response_type: 'code',
    redirect_uri: classic.redirectUri,
    scope: 'call',
  });
  const answer = await anna.browser.post('/auth/login', {
    ...Object.fromEntries(query),
    username: anna.name,
    password: PASSWORD,
  });
  assert.equal(answer.status, 303);
  const granted = await anna.browser.post('/auth/grant', { ...Object.fromEntries(query), grant: 'true' });
  assert.ok(new URL(granted.location).searchParams.has('code'));
});

function codeOf({ callback }: Authorized): string {
  return callback.searchParams.get('code') ?? '';
}

/** The authorization that a code belongs to; to be asked before the code is redeemed, which may end it. */
async function authorizationOf(authorized: Authorized): Promise<string> {
  const [row] = await app.sql<{ id: string }>(
    `SELECT authorization_id AS id FROM artifacts WHERE model = 'AuthorizationCode' AND id = $1`,
    [hashToken(codeOf(authorized)).toString('base64url')],
  );
  assert.ok(row);
  return row.id;
}

async function countTokensUnder(authorization: string): Promise<number> {
  const [row] = await app.sql<{ count: number }>(
    `SELECT ((SELECT count(*) FROM access_tokens WHERE authorization_id = $1)
           + (SELECT count(*) FROM artifacts WHERE model = 'RefreshToken' AND authorization_id = $1))::integer AS count`,
    [authorization],
  );
  return row?.count ?? -1;
}
