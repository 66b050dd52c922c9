import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import {
  addClassicClient,
  addModernClient,
  addUser,
  bearer,
  classicToken,
  modernToken,
} from '../../harness/people.ts';
import { FORM, request } from '../../platform/http/request.ts';
import { configure, obtainTokens, tokensOf } from '../oauth/modern-walk.ts';
import { classicCode } from './flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
const registered = await addModernClient(app);
const modern = await configure(app, registered);
await addUser(app, 'anna');
const token = await classicToken(app, client, 'anna');
const otherToken = await classicToken(app, client, 'anna');
const person = { name: 'anna', browser: new Browser(app.url) };
const { access: modernsToken } = await obtainTokens(modern, person);

function list(headers: Record<string, string> = {}, query = ''): Promise<Answer> {
  return request(app, 'GET', `/rest/call${query}`, headers);
}

function challenges(answer: Answer): string {
  return answer.headers.get('www-authenticate') ?? '';
}

function assertNoToken(answer: Answer, status: number, error: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json()['error'], error);
}

suite('a token is read', () => {
  const ways: Record<string, () => Promise<Answer>> = {
    'from Authorization: Bearer': () => list({ authorization: `Bearer ${token}` }),
    'from Authentication: Bearer, as documented': () => list({ authentication: `Bearer ${token}` }),
    'from the query, as documented': () => list({}, `?access_token=${token}`),
    'with the scheme in small letters (RFC 9110 section 11.1)': () =>
      list({ authorization: `bearer ${token}` }),
    'from all three places at once, when it is the same': () =>
      list(
        { authorization: `Bearer ${token}`, authentication: `Bearer ${token}` },
        `?access_token=${token}&access_token=${token}`,
      ),
    'of a modern client, from Authorization': () => list(bearer(modernsToken)),
    'of a modern client, from Authentication': () => list({ authentication: `Bearer ${modernsToken}` }),
  };
  for (const [way, send] of Object.entries(ways)) {
    test(way, async () => {
      const answer = await send();
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(answer.json(), []);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    });
  }

  test('from each place for POST and PUT too', async () => {
    for (const [headers, query] of [
      [{ authorization: `Bearer ${token}` }, ''],
      [{ authentication: `Bearer ${token}` }, ''],
      [{}, `?access_token=${token}`],
    ] as const) {
      const opened = await request(
        app,
        'POST',
        `/rest/call${query}`,
        { ...FORM, ...headers },
        'number=%2B447700900123',
      );
      assert.equal(opened.status, 201, opened.text);
      const id = new URL(opened.location).searchParams.get('token_call');
      const ended = await request(
        app,
        'PUT',
        `/rest/call${query}`,
        { ...FORM, ...headers },
        `token_call=${id}`,
      );
      assert.equal(ended.status, 200, ended.text);
    }
  });
});

test('a modern client’s token in the query is refused, and opens nothing', async () => {
  assertNoToken(await list({}, `?access_token=${modernsToken}`), 401, 'token_invalid');
  const path = `/rest/call?access_token=${modernsToken}`;
  const opened = await request(app, 'POST', path, FORM, 'number=%2B447700900123');
  assertNoToken(opened, 401, 'token_invalid');
  assert.deepEqual(await app.sql('SELECT 1 FROM calls WHERE client_id = $1', [registered.client.id]), []);
  // in the header as well: it has leaked all the same
  assertNoToken(await list(bearer(modernsToken), `?access_token=${modernsToken}`), 401, 'token_invalid');
});

suite('two different tokens in one request are refused, good as each may be', () => {
  const ways: Record<string, () => Promise<Answer>> = {
    'in both headers': () => list({ ...bearer(token), authentication: `Bearer ${otherToken}` }),
    'in header and query': () => list(bearer(token), `?access_token=${otherToken}`),
    'twice in the query': () => list({}, `?access_token=${token}&access_token=${otherToken}`),
  };
  for (const [way, send] of Object.entries(ways)) {
    test(way, async () => assertNoToken(await send(), 400, 'invalid_input'));
  }
});

suite('a token that cannot be read is refused with 401 and a challenge', () => {
  for (const name of ['authorization', 'authentication']) {
    for (const value of ['Bearer', 'Bearer a b', 'Bearer ä', 'Bearer "x"', 'DPoP']) {
      test(`${name}: ${value.slice(0, 12)}`, async () => {
        const answer = await list({ [name]: Buffer.from(value).toString('latin1') });
        assertNoToken(answer, 401, 'token_invalid');
        assert.match(String(answer.json()['message']), new RegExp(name));
        assert.match(challenges(answer), /error="invalid_token"/);
      });
    }
  }
});

test('another scheme is no token: it is for others to read', async () => {
  for (const value of ['Basic YTpi', `Bearer${token}`, 'Bearer-x', 'Bearer.x', 'Digest x']) {
    assertNoToken(await list({ authorization: value }), 401, 'token_missing');
  }
  const both = await list({ authorization: 'Basic YTpi', authentication: `Bearer ${token}` });
  assert.equal(both.status, 200, both.text);
});

suite('401', () => {
  test('without a token, with a challenge that names no error (RFC 6750 section 3.1)', async () => {
    for (const method of ['GET', 'POST', 'PUT']) {
      const answer = await request(
        app,
        method,
        '/rest/call',
        FORM,
        method === 'GET' ? undefined : 'number=%2B447700900123&token_call=x',
      );
      assertNoToken(answer, 401, 'token_missing');
      assert.match(
        challenges(answer),
        /^Bearer realm="clicktocall", resource_metadata="[^"]+", scope="call", DPoP /,
      );
      assert.doesNotMatch(challenges(answer), /error/);
    }
  });

  async function assertInvalid(dead: string): Promise<void> {
    for (const answer of [
      await list(bearer(dead)),
      await list({ authentication: `Bearer ${dead}` }),
      await list({}, `?access_token=${dead}`),
      await request(app, 'POST', '/rest/call', { ...FORM, ...bearer(dead) }, 'number=%2B447700900123'),
      await request(app, 'PUT', '/rest/call', { ...FORM, ...bearer(dead) }, 'token_call=x'),
      await list(bearer(dead), '?token_call=x'),
    ]) {
      assertNoToken(answer, 401, 'token_invalid');
      assert.match(
        challenges(answer),
        /^Bearer realm="clicktocall", error="invalid_token", error_description="[^"\\]+"/,
      );
    }
  }

  test('with an unknown token', () => assertInvalid('unknown'));

  test('with an expired token', async () => {
    const expired = await classicToken(app, client, 'anna');
    assert.equal((await list(bearer(expired))).status, 200);
    await app.sql(
      `UPDATE access_tokens SET expires_at = now() - interval '1 second' WHERE hash = sha256($1::bytea)`,
      [Buffer.from(expired)],
    );
    await assertInvalid(expired);
  });

  test('with a revoked token, at once (RFC 7009)', async () => {
    const revoked = await classicToken(app, client, 'anna');
    assert.equal((await list(bearer(revoked))).status, 200);
    const answer = await request(
      app,
      'POST',
      '/oauth/revoke',
      FORM,
      new URLSearchParams({
        token: revoked,
        client_id: client.id,
        client_secret: client.secret,
      }).toString(),
    );
    assert.equal(answer.status, 200, answer.text);
    await assertInvalid(revoked);
  });

  test('with the token of a user who has been disabled, even when enabled again', async () => {
    await addUser(app, 'carl');
    const carls = await classicToken(app, client, 'carl');
    await app.users.setDisabled('carl', true, COMMAND_LINE);
    await assertInvalid(carls);
    await app.users.setDisabled('carl', false, COMMAND_LINE);
    await assertInvalid(carls);
  });

  test('with the token of a client that is gone', async () => {
    const removedClient = await addClassicClient(app, 'Gone');
    const goneToken = await classicToken(app, removedClient, 'anna');
    await app.clients.removeClient(removedClient.id, COMMAND_LINE);
    await assertInvalid(goneToken);
  });

  test('with a code, which is no token', async () => assertInvalid(await classicCode(app, client, 'anna')));
});

suite('403', () => {
  function assertScopeMissing(answer: Answer): void {
    assertNoToken(answer, 403, 'scope_missing');
    assert.match(challenges(answer), /^Bearer realm="clicktocall", error="insufficient_scope", scope="call"/);
  }

  test('for a token without scope call, with a challenge that names it', async () => {
    const narrow = await modernToken(app, await addModernClient(app), 'anna', 'click-to-dial:calls:create');
    assertScopeMissing(await list(bearer(narrow)));
    assertScopeMissing(await list(bearer(narrow), '?token_call=x'));
    const headers = { ...FORM, ...bearer(narrow) };
    assertScopeMissing(await request(app, 'POST', '/rest/call', headers, 'number=%2B447700900123'));
    assertScopeMissing(await request(app, 'PUT', '/rest/call', headers, 'token_call=x'));
    assert.deepEqual(await app.sql('SELECT 1 FROM calls WHERE ended_at IS NULL'), []);
  });

  test('for a token with no user: an application alone opens no calls', async () => {
    const { access: alone } = tokensOf(await oauth.clientCredentialsGrant(modern, { scope: 'call' }));
    const headers = { ...FORM, ...bearer(alone) };
    const opened = await request(app, 'POST', '/rest/call', headers, 'number=%2B447700900123');
    assertNoToken(opened, 403, 'token_without_user');
    assertNoToken(await list(bearer(alone)), 403, 'token_without_user');
    assert.deepEqual(await app.sql('SELECT 1 FROM calls WHERE ended_at IS NULL'), []);
  });
});
