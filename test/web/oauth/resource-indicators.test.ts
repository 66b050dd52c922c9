import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decodeJwt } from 'jose';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, bearer, classicToken, PASSWORD } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import {
  addPerson,
  authorizationUrl,
  authorize,
  browse,
  configure,
  isActive,
  type Person,
  pushedAuthorizationUrl,
  redeem,
  refresh,
  refusal,
  registerDynamically,
  submit,
  tokensOf,
  walk,
} from './modern-walk.ts';

const CALLER = '+447700900000';
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

const app = await startApp();
const registered = await addModernClient(app);
const config = await configure(app, registered, undefined, 'oidc');
const publicClient = await configure(app, await addModernClient(app, { public: true }), undefined, 'oidc');
const anna = await addPerson(app, 'anna');
await app.users.setNumbers('anna', [CALLER], COMMAND_LINE);
const rosa = await addPerson(app, 'rosa', { administrator: true });

const V1 = `${app.url}/api/v1`;
const DIAL = `${app.url}/click-to-dial/v0.2`;
const REST = `${app.url}/rest`;
const ADMIN = `${app.url}/admin`;
const ALL = [V1, DIAL, REST, ADMIN];

/** A request for each API, and the status for an administrator with the scopes `call` and `admin`. */
const REQUESTS = [
  { api: V1, path: '/api/v1/me/limits', status: 200 },
  { api: DIAL, path: '/click-to-dial/v0.2/calls/unknown', status: 404 },
  { api: REST, path: '/rest/call', status: 200 },
  { api: ADMIN, path: '/admin/board', status: 200 },
];

/** The request that opens a call at an API. */
function bodyFor(path: string): string {
  const callee = '+441632960001';
  return JSON.stringify(
    path.startsWith('/api/') ? { callee } : { caller: { number: CALLER }, callee: { number: callee } },
  );
}

/** What an error says, in the form of any API. */
function messageOf(answer: Answer): unknown {
  const { detail, message, error_description: description } = answer.json();
  return detail ?? message ?? description;
}

/** Authorizes for some APIs. */
async function authorizeFor(
  resources: readonly string[],
  { scope = 'call', person = anna, client = config } = {},
) {
  const { url, verifier } = await authorizationUrl(client, { scope });
  for (const resource of resources) url.searchParams.append('resource', resource);
  return { ...(await walk(person, url)), verifier };
}

const redeemFor = async (
  resource: string | undefined,
  { callback, verifier }: Awaited<ReturnType<typeof authorizeFor>>,
  client = config,
) =>
  tokensOf(
    await oauth.authorizationCodeGrant(
      client,
      callback,
      { pkceCodeVerifier: verifier },
      resource === undefined ? undefined : { resource },
    ),
  );

const obtainFor = async (resource: string, { scope = 'call', person = anna, client = config } = {}) =>
  redeem(client, await authorizeFor([resource], { scope, person, client }));

/** The API that a token is for. */
async function resourceOf(token: string): Promise<string | null | undefined> {
  const [row] = await app.sql<{ resource: string | null }>(
    'SELECT resource FROM access_tokens WHERE hash = $1',
    [hashToken(token)],
  );
  return row?.resource;
}

/** How openid-client reports a refused `resource`, which says what is allowed. */
function invalidTarget(allowed: readonly string[]) {
  return (error: { error?: string; error_description?: string; status?: number }) => {
    assert.deepEqual([error.error, error.status], ['invalid_target', 400]);
    assert.equal(
      error.error_description?.split(': ').slice(1).join(': '),
      allowed.join(' '),
      error.error_description,
    );
    return true;
  };
}

/** How openid-client reports another refusal. */
function refusedWith(code: string, description: string) {
  return { error: code, error_description: description, status: 400 };
}

/** Makes a refresh token one of a server whose APIs had other addresses. */
async function renameResource(refreshToken: string, resource: string | readonly string[]): Promise<void> {
  const [row] = await app.sql(
    `UPDATE artifacts SET payload = payload || jsonb_build_object('resource', $2::jsonb)
      WHERE model = 'RefreshToken' AND id = $1 RETURNING id`,
    [hashToken(refreshToken).toString('base64url'), JSON.stringify(resource)],
  );
  assert.ok(row);
}

const errorOf = ({ callback }: { callback: URL }) => callback.searchParams.get('error');
const descriptionOf = ({ callback }: { callback: URL }) =>
  callback.searchParams.get('error_description') ?? '';

suite('a token for one API', () => {
  for (const resource of ALL)
    test(`works at ${new URL(resource).pathname} and no other API, and the refusal names its API`, async () => {
      const { access } = await obtainFor(resource, { scope: 'call admin', person: rosa });
      for (const { api, path, status } of REQUESTS) {
        const answer = await request(app, 'GET', path, bearer(access));
        if (api === resource) {
          assert.equal(answer.status, status, answer.text);
          continue;
        }
        const message = `This access token is only for ${resource}.`;
        assert.equal(answer.status, 401, answer.text);
        assert.equal(messageOf(answer), message);
        const challenge = `error="invalid_token", error_description="${message}"`;
        assert.equal(answer.headers.get('www-authenticate')?.split(challenge).length, 3);
      }
    });

  test('is for no API when the request names none, and works at every API that its scopes reach', async () => {
    const { access } = await redeem(config, await authorizeFor([], { scope: 'call admin', person: rosa }));
    assert.equal(await resourceOf(access), null);
    for (const { path, status } of REQUESTS)
      assert.equal((await request(app, 'GET', path, bearer(access))).status, status, path);
  });

  test('opens, shows, renews and ends calls at its API', async () => {
    for (const api of [V1, DIAL]) {
      const headers = bearer((await obtainFor(api)).access);
      const { pathname } = new URL(`${api}/calls`);
      const json = { ...headers, ...JSON_BODY };
      const opened = await request(app, 'POST', pathname, json, bodyFor(pathname));
      assert.equal(opened.status, 201, opened.text);
      const call = `${pathname}/${opened.json()['callId'] ?? opened.json()['id']}`;
      assert.equal((await request(app, 'GET', call, headers)).status, 200);
      assert.equal((await request(app, 'GET', `${call}/recording`, headers)).status, 404);
      assert.equal((await request(app, 'DELETE', call, headers)).status, 204);
    }
    const headers = bearer((await obtainFor(V1)).access);
    for (const [method, path, status] of [
      ['GET', '/api/v1/calls', 200],
      ['GET', '/api/v1/calls?ongoing=true', 200],
      ['GET', '/api/v1/me/limits', 200],
      ['GET', '/api/v1/me/numbers', 200],
      ['POST', '/api/v1/calls/any/renew', 404],
    ] as const)
      assert.equal((await request(app, method, path, headers)).status, status, `${method} ${path}`);
  });

  test('opens, renews and ends no call at another API', async () => {
    const { access } = await obtainFor(REST);
    const before = await app.sql('SELECT id FROM calls');
    const json = { ...bearer(access), ...JSON_BODY };
    for (const [method, path] of [
      ['POST', '/click-to-dial/v0.2/calls'],
      ['GET', '/click-to-dial/v0.2/calls/any'],
      ['GET', '/click-to-dial/v0.2/calls/any/recording'],
      ['DELETE', '/click-to-dial/v0.2/calls/any'],
      ['POST', '/api/v1/calls'],
      ['GET', '/api/v1/calls'],
      ['GET', '/api/v1/calls?ongoing=true'],
      ['GET', '/api/v1/calls/any'],
      ['GET', '/api/v1/calls/any/recording'],
      ['POST', '/api/v1/calls/any/renew'],
      ['DELETE', '/api/v1/calls/any'],
      ['GET', '/api/v1/me/limits'],
      ['GET', '/api/v1/me/numbers'],
      ['GET', '/api/v1/events'],
    ] as const) {
      const opens = method === 'POST' && path.endsWith('/calls');
      const answer = await request(
        app,
        method,
        path,
        opens ? json : bearer(access),
        opens ? bodyFor(path) : undefined,
      );
      assert.equal(answer.status, 401, `${method} ${path}`);
      assert.equal(messageOf(answer), `This access token is only for ${REST}.`, `${method} ${path}`);
    }
    assert.deepEqual(await app.sql('SELECT id FROM calls'), before);
  });

  test('is refused by UserInfo, and the ID token has the claims', async () => {
    const { callback, verifier } = await authorizeFor([DIAL], { scope: 'openid profile call' });
    const tokens = await oauth.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier });
    assert.equal(tokens.scope, 'call');
    assert.equal(decodeJwt(tokens.id_token ?? '')['preferred_username'], 'anna');
    const answer = await request(app, 'GET', '/oauth/userinfo', bearer(tokens.access_token));
    assert.equal(answer.status, 401);
    assert.equal(messageOf(answer), `This access token is only for ${DIAL}.`);
    assert.doesNotMatch(answer.headers.get('www-authenticate') ?? '', /resource_metadata/);
  });

  test('lasts as long as any token, and introspection shows its audience', async () => {
    const { access } = await obtainFor(DIAL);
    const { active, aud, scope, exp, iat } = await oauth.tokenIntrospection(config, access);
    assert.deepEqual([active, aud, scope, Number(exp) - Number(iat)], [true, DIAL, 'call', 3600]);
    const unrestricted = await redeem(config, await authorizeFor([]));
    assert.equal((await oauth.tokenIntrospection(config, unrestricted.access)).aud, undefined);
  });

  test('can be revoked', async () => {
    const { access } = await obtainFor(DIAL);
    await oauth.tokenRevocation(config, access);
    assert.equal(await isActive(config, access), false);
    assert.equal(await resourceOf(access), undefined);
  });

  test('can be bound to a key', async () => {
    const keys = await oauth.randomDPoPKeyPair('ES256');
    const DPoP = oauth.getDPoPHandle(config, keys);
    const { callback, verifier } = await authorizeFor([REST]);
    const bound = await oauth.authorizationCodeGrant(
      config,
      callback,
      { pkceCodeVerifier: verifier },
      { resource: REST },
      { DPoP },
    );
    assert.equal(bound.token_type, 'dpop');
    const ask = (path: string) =>
      oauth.fetchProtectedResource(
        config,
        bound.access_token,
        new URL(app.url + path),
        'GET',
        null,
        undefined,
        { DPoP },
      );
    assert.equal((await ask('/rest/call')).status, 200);
    await assert.rejects(ask('/api/v1/me/limits'), /invalid_token|WWW-Authenticate/);
  });
});

suite('the authorization request may name APIs', () => {
  test('one: a token request that names none gets a token for it', async () => {
    const { access, scope } = await obtainFor(DIAL);
    assert.deepEqual([await resourceOf(access), scope], [DIAL, 'call']);
  });

  test('several: each token is for one of them', async () => {
    const scope = 'call admin click-to-dial:calls:read';
    const tokens = await redeemFor(ADMIN, await authorizeFor([DIAL, ADMIN], { scope, person: rosa }));
    assert.deepEqual([await resourceOf(tokens.access), tokens.scope], [ADMIN, 'admin']);
    const next = await refresh(config, tokens.refresh, { resource: DIAL });
    assert.deepEqual([await resourceOf(next.access), next.scope], [DIAL, 'call click-to-dial:calls:read']);
  });

  test('several: a token request must name one, and a wrong one costs nothing', async () => {
    const authorized = await authorizeFor([DIAL, REST]);
    await assert.rejects(redeemFor(undefined, authorized), invalidTarget([DIAL, REST]));
    await assert.rejects(redeemFor(V1, authorized), invalidTarget([DIAL, REST]));
    await assert.rejects(redeemFor('https://other.example/', authorized), invalidTarget([DIAL, REST]));
    assert.equal(await resourceOf((await redeemFor(REST, authorized)).access), REST);
  });

  test('none: the token request may name any one', async () => {
    const { access, refresh: refreshToken } = await redeemFor(REST, await authorizeFor([]));
    assert.equal(await resourceOf(access), REST);
    // The refresh token holds what the user allowed: it named no API.
    assert.equal(await resourceOf((await refresh(config, refreshToken)).access), null);
  });

  test('a token request cannot name one of which the user allowed no scope, and costs nothing', async () => {
    for (const resources of [[], [V1, ADMIN]]) {
      const authorized = await authorizeFor(resources, { scope: 'admin', person: rosa });
      await assert.rejects(
        redeemFor(V1, authorized),
        refusedWith('invalid_scope', `none of the granted scopes is a scope of ${V1}`),
      );
      const { access, scope } = await redeemFor(ADMIN, authorized);
      assert.deepEqual([await resourceOf(access), scope], [ADMIN, 'admin']);
    }
  });

  test('a token request for an ID token needs no scope of the API', async () => {
    const { callback, verifier } = await authorizeFor([], { scope: 'openid' });
    const tokens = await oauth.authorizationCodeGrant(
      config,
      callback,
      { pkceCodeVerifier: verifier },
      { resource: V1 },
    );
    assert.ok(tokens.id_token);
  });

  test('pushed (RFC 9126)', async () => {
    const { url, verifier } = await pushedAuthorizationUrl(config, { resource: DIAL });
    const tokens = await redeem(config, { ...(await walk(anna, url)), verifier });
    assert.equal(await resourceOf(tokens.access), DIAL);
    await assert.rejects(
      pushedAuthorizationUrl(config, { resource: 'https://other.example/' }),
      invalidTarget(ALL),
    );
  });

  for (const [how, send] of [
    ['pushed', async (parameters: URLSearchParams) => oauth.buildAuthorizationUrlWithPAR(config, parameters)],
    [
      'by POST',
      async (parameters: URLSearchParams) => {
        const { location } = await anna.browser.post('/oauth/authorize', {
          ...Object.fromEntries(parameters),
          resource: parameters.getAll('resource'),
        });
        return new URL(location, app.url);
      },
    ],
  ] as const)
    test(`several, ${how}`, async () => {
      const { url, verifier } = await authorizationUrl(config);
      for (const resource of [DIAL, REST]) url.searchParams.append('resource', resource);
      const walked = await walk(anna, await send(url.searchParams));
      const { access, refresh: refreshToken } = await redeemFor(REST, { ...walked, verifier });
      assert.equal(await resourceOf(access), REST);
      const next = await refresh(config, refreshToken, { resource: DIAL });
      assert.equal(await resourceOf(next.access), DIAL);
      await assert.rejects(refresh(config, next.refresh, { resource: V1 }), invalidTarget([DIAL, REST]));
    });

  test('by a client that registered itself', async () => {
    const own = await registerDynamically(app);
    assert.equal(await resourceOf((await obtainFor(DIAL, { client: own })).access), DIAL);
  });

  test('by a user who has allowed the application before: they are not asked again, and nothing more is granted', async () => {
    const person = await addPerson(app, 'again');
    await redeem(config, await authorizeFor([], { person }));
    const { prompts } = await authorizeFor([DIAL, REST], { person });
    assert.deepEqual(prompts, []);
    assert.deepEqual(
      await app.sql(`SELECT scopes FROM grants g JOIN users u ON u.id = g.user_id WHERE u.name = 'again'`),
      [{ scopes: ['call'] }],
    );
  });

  test('only those of this server: the error lists them', async () => {
    for (const resource of [
      'https://other.example/',
      app.url,
      `${app.url}/oauth/userinfo`,
      `${V1}/`,
      `${V1}/calls`,
      `${DIAL}?x=1`,
    ]) {
      const refused = await authorize(config, anna, { resource });
      assert.equal(errorOf(refused), 'invalid_target', resource);
      assert.equal(descriptionOf(refused), `resource must be one of: ${ALL.join(' ')}`);
      await assert.rejects(redeemFor(resource, await authorizeFor([])), invalidTarget(ALL));
    }
    for (const resource of ['x', `${V1}#fragment`]) {
      const refused = await authorize(config, anna, { resource });
      assert.equal(errorOf(refused), 'invalid_target', resource);
      assert.match(descriptionOf(refused), /^resource /);
    }
  });

  test('not without end', async () => {
    const { url } = await authorizationUrl(config);
    for (let count = 0; count < 220; count++) url.searchParams.append('resource', V1);
    const answer = await anna.browser.get(url.href);
    assert.equal(answer.status, 400);
    assert.match(answer.text, /together must have at most/);
  });
});

suite('a refresh', () => {
  for (const [kind, client] of [
    ['confidential', config],
    ['public', publicClient],
  ] as const) {
    test(`keeps the API of a ${kind} client's token`, async () => {
      const { refresh: refreshToken } = await obtainFor(DIAL, { client });
      const next = await refresh(client, refreshToken);
      assert.equal(await resourceOf(next.access), DIAL);
      assert.equal(await resourceOf((await refresh(client, next.refresh)).access), DIAL);
    });

    test(`never widens it for a ${kind} client, and a refused request costs nothing`, async () => {
      const { refresh: refreshToken } = await obtainFor(DIAL, { client });
      for (const resource of [REST, V1, 'https://other.example/'])
        await assert.rejects(refresh(client, refreshToken, { resource }), invalidTarget([DIAL]));
      assert.equal(await resourceOf((await refresh(client, refreshToken)).access), DIAL);
    });

    test(`can narrow a token of a ${kind} client without an API`, async () => {
      const { refresh: refreshToken } = await redeem(client, await authorizeFor([], { client }));
      const next = await refresh(client, refreshToken, { resource: DIAL });
      assert.equal(await resourceOf(next.access), DIAL);
      assert.equal(await resourceOf((await refresh(client, next.refresh)).access), null);
    });
  }

  test('says that the user must be asked again, whatever it names, if no granted API is published any more', async () => {
    const OLD = 'https://old.example/api/v1';
    const { refresh: refreshToken } = await obtainFor(V1);
    await renameResource(refreshToken, OLD);
    for (const parameters of [{}, { resource: V1 }, { resource: OLD }])
      await assert.rejects(
        refresh(config, refreshToken, parameters),
        refusedWith('invalid_grant', `${OLD} is no longer an API of this server: ask the user again`),
      );
  });

  test('gets a token for a granted API that is still published', async () => {
    const { refresh: refreshToken } = await redeemFor(V1, await authorizeFor([V1, DIAL]));
    await renameResource(refreshToken, ['https://old.example/api/v1', DIAL]);
    await assert.rejects(refresh(config, refreshToken, { resource: V1 }), invalidTarget([DIAL]));
    assert.equal(await resourceOf((await refresh(config, refreshToken, { resource: DIAL })).access), DIAL);
  });

  test('needs a granted scope of the API, and a refused request costs nothing', async () => {
    const scope = 'call admin';
    const { refresh: refreshToken } = await redeem(config, await authorizeFor([], { scope, person: rosa }));
    await assert.rejects(
      refresh(config, refreshToken, { resource: ADMIN, scope: 'call' }),
      refusedWith('invalid_scope', `none of the granted scopes is a scope of ${ADMIN}`),
    );
    const next = await refresh(config, refreshToken, { resource: ADMIN });
    assert.deepEqual([await resourceOf(next.access), next.scope], [ADMIN, 'admin']);
  });

  test('still returns an ID token when the user allowed no scope of the API', async () => {
    const person = await addPerson(app, 'chooser');
    await person.browser.post('/sign-in', { username: person.name, password: PASSWORD });
    const { url, verifier } = await authorizationUrl(config, {
      scope: 'openid profile call',
      resource: DIAL,
    });
    const { location: consent } = await person.browser.get(url.href);
    const chosen = { grant: 'true', choice: 'scopes', scope: 'profile' };
    const { location: next } = await person.browser.post(consent, chosen);
    const { location } = await person.browser.follow(next);
    const tokens = await oauth.authorizationCodeGrant(config, new URL(location), {
      pkceCodeVerifier: verifier,
    });
    assert.equal(decodeJwt(tokens.id_token ?? '')['preferred_username'], 'chooser');
    assert.equal(
      (await request(app, 'GET', '/click-to-dial/v0.2/calls/any', bearer(tokens.access_token))).status,
      403,
    );
    const refreshed = await oauth.refreshTokenGrant(config, tokens.refresh_token ?? '');
    assert.equal(await resourceOf(refreshed.access_token), DIAL);
  });
});

suite('scopes that mean nothing at the API', () => {
  test('are not in the token, and the user is not asked for them', async () => {
    const person = await addPerson(app, 'asked', { administrator: true });
    await person.browser.post('/sign-in', { username: person.name, password: PASSWORD });
    const scope = 'openid call admin webhooks unknown offline_access';
    const { url } = await authorizationUrl(config, { scope, resource: V1, prompt: 'consent' });
    const consent = await person.browser.follow(url.href);
    assert.deepEqual(consent.json()['scopes'], ['openid', 'call', 'offline_access']);
    const { access, scope: granted } = await obtainFor(V1, { scope, person });
    assert.equal(granted, 'call');
    assert.deepEqual(await app.sql('SELECT scopes FROM access_tokens WHERE hash = $1', [hashToken(access)]), [
      { scopes: ['call'] },
    ]);
  });

  test('are refused if no other is requested', async () => {
    const refused = await authorizeFor([V1], { scope: 'admin', person: rosa });
    assert.equal(errorOf(refused), 'invalid_scope');
    assert.match(descriptionOf(refused), /^scope must contain at least one of: call [^,]*openid/);
    assert.doesNotMatch(descriptionOf(refused), /admin/);
    const device = oauth.initiateDeviceAuthorization(config, { scope: 'admin', resource: V1 });
    await assert.rejects(device, refusal('invalid_scope'));
    const alone = oauth.clientCredentialsGrant(config, { scope: 'webhooks', resource: REST });
    await assert.rejects(alone, refusal('invalid_scope'));
  });
});

suite('client credentials', () => {
  const obtain = async (parameters: Record<string, string>) =>
    tokensOf(await oauth.clientCredentialsGrant(config, parameters));

  test('are for the API that the request names', async () => {
    const { access, scope } = await obtain({ scope: 'webhooks admin call', resource: V1 });
    assert.deepEqual([await resourceOf(access), scope], [V1, 'webhooks call']);
    assert.equal((await request(app, 'GET', '/api/v1/webhooks', bearer(access))).status, 200);
    const other = await obtain({ scope: 'webhooks call', resource: DIAL });
    const answer = await request(app, 'GET', '/api/v1/webhooks', bearer(other.access));
    assert.equal(answer.status, 401);
    assert.equal(messageOf(answer), `This access token is only for ${DIAL}.`);
  });

  test('are for one API of this server, and never for administration', async () => {
    await assert.rejects(
      obtain({ scope: 'webhooks', resource: 'https://other.example/' }),
      invalidTarget(ALL),
    );
    await assert.rejects(obtain({ scope: 'admin', resource: ADMIN }), refusal('invalid_scope'));
    const several = new URLSearchParams([
      ['scope', 'webhooks'],
      ['resource', V1],
      ['resource', DIAL],
    ]);
    await assert.rejects(oauth.clientCredentialsGrant(config, several), refusal('invalid_target'));
  });
});

suite('a device', () => {
  async function connect(person: Person, device: oauth.DeviceAuthorizationResponse): Promise<void> {
    await browse(person, device.verification_uri);
    const page = await person.browser.get(device.verification_uri, { accept: 'text/html' });
    const confirm = await submit(person, device.verification_uri, page.text, { user_code: device.user_code });
    const answer = await submit(person, device.verification_uri, confirm.text, {});
    const last = answer.location === '' ? answer : await browse(person, answer.location);
    assert.match(last.text, /<h1>Connected<\/h1>/);
  }

  const poll = async (device: oauth.DeviceAuthorizationResponse, further: Record<string, string> = {}) =>
    tokensOf(
      await oauth.genericGrantRequest(config, DEVICE_CODE, { device_code: device.device_code, ...further }),
    );

  test('gets a token for the API that its request names', async () => {
    const person = await addPerson(app, 'device');
    const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call admin', resource: DIAL });
    await connect(person, device);
    await assert.rejects(poll(device, { resource: REST }), invalidTarget([DIAL]));
    const tokens = await poll(device);
    assert.deepEqual([await resourceOf(tokens.access), tokens.scope], [DIAL, 'call']);
    assert.equal(await resourceOf((await refresh(config, tokens.refresh)).access), DIAL);
  });

  test('may name several', async () => {
    const person = await addPerson(app, 'device-several');
    const device = await oauth.initiateDeviceAuthorization(
      config,
      new URLSearchParams([
        ['scope', 'call'],
        ['resource', DIAL],
        ['resource', REST],
      ]),
    );
    await connect(person, device);
    await assert.rejects(poll(device), invalidTarget([DIAL, REST]));
    assert.equal(await resourceOf((await poll(device, { resource: REST })).access), REST);
  });

  test('may name the API with its code', async () => {
    const person = await addPerson(app, 'device-later');
    const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
    await assert.rejects(poll(device, { resource: DIAL }), refusal('authorization_pending'));
    await connect(person, device);
    assert.equal(await resourceOf((await poll(device, { resource: DIAL })).access), DIAL);
  });

  test('gets invalid_target at once for an unknown API', async () => {
    const refused = oauth.initiateDeviceAuthorization(config, {
      resource: 'https://other.example/',
      scope: 'call',
    });
    await assert.rejects(refused, invalidTarget(ALL));
  });
});

test('simultaneous token requests each get their own API', async () => {
  const requests = Array.from({ length: 24 }, (_, index) => [undefined, V1, DIAL, REST][index % 4]);
  const tokens = await Promise.all(
    requests.map((resource) =>
      oauth.clientCredentialsGrant(config, { scope: 'call', ...(resource !== undefined && { resource }) }),
    ),
  );
  assert.deepEqual(
    await Promise.all(tokens.map(({ access_token: token }) => resourceOf(token))),
    requests.map((resource) => resource ?? null),
  );
});

test('a token of the flows of 2012 works at every API that its scope reaches', async () => {
  const token = await classicToken(app, await addClassicClient(app), 'anna');
  assert.equal(await resourceOf(token), null);
  for (const { api, path, status } of REQUESTS.filter((each) => each.api !== ADMIN))
    assert.equal((await request(app, 'GET', path, bearer(token))).status, status, api);
});
