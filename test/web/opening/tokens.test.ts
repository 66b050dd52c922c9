import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { TokenInvalid, TokenMissing, TokenWithoutUser } from '../../../src/core/tokens/token-errors.ts';
import { InvalidInput } from '../../../src/platform/domain-error.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addModernClient, bearer, classicToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { addCaller, tokenFor } from '../callers.ts';
import { configure } from '../oauth/modern-walk.ts';
import { assertRefused, callIdOf, MODERN_APIS, post } from './apis.ts';

/** Missing and invalid tokens. Who may use which route is in test/web/entry. */

const app = await startApp();
const [client, otherClient] = [await addModernClient(app), await addModernClient(app)];
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);
const narrow = await tokenFor(app, client, anna, 'openid');

for (const api of MODERN_APIS) {
  suite(api.title, () => {
    test('no token is refused, with a challenge', async () => {
      const answer = await post(app, api, undefined);
      assertRefused(api, answer, TokenMissing);
      assert.match(
        answer.headers.get('www-authenticate') ?? '',
        /^Bearer realm="clicktocall", resource_metadata="[^"]+", scope="[^"]+", DPoP algs=/,
      );
    });

    test('an unknown token is refused', async () => {
      for (const presented of ['unknown', 'a'.repeat(43), `${token}x`])
        assertRefused(api, await post(app, api, presented), TokenInvalid);
    });

    test('a malformed Authorization header, or another scheme, is no token', async () => {
      for (const [authorization, refusal] of [
        ['Bearer', TokenInvalid],
        ['Bearer a b', TokenInvalid],
        [`Basic ${btoa('anna:secret')}`, TokenMissing],
        [token, TokenMissing],
      ] as const)
        assertRefused(api, await post(app, api, undefined, undefined, { authorization }), refusal);
    });

    test('a token that has expired, or was revoked, is refused', async () => {
      const expired = await tokenFor(app, otherClient, anna);
      const revoked = await tokenFor(app, client, anna);
      await app.sql(`UPDATE access_tokens SET expires_at = now() WHERE client_id = $1`, [
        otherClient.client.id,
      ]);
      await oauth.tokenRevocation(await configure(app, client), revoked);
      for (const presented of [expired, revoked]) {
        const answer = await post(app, api, presented);
        assertRefused(api, answer, TokenInvalid);
        assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
      }
    });

    test('a token in the query is refused, even one of a classic client', async () => {
      const classic = await classicToken(app, await addClassicClient(app), 'anna');
      const id = callIdOf(await post(app, api, classic));
      for (const presented of [token, classic]) {
        const query = `?access_token=${presented}`;
        for (const method of ['GET', 'DELETE'])
          assertRefused(api, await request(app, method, `${api.path}/${id}${query}`), TokenInvalid);
        const body = JSON.stringify(api.body());
        assertRefused(api, await request(app, 'POST', `${api.path}${query}`, JSON_BODY, body), TokenInvalid);
      }
      const [call] = await app.sql('SELECT state FROM calls WHERE id = $1', [id]);
      assert.deepEqual(call, { state: 'connected' });
    });

    test('two different tokens are refused', async () => {
      const path = `${api.path}/none?access_token=${narrow}`;
      assertRefused(api, await request(app, 'GET', path, bearer(token)), InvalidInput);
    });

    test('a token of the application itself is refused', async () => {
      const { access_token: own } = await oauth.clientCredentialsGrant(await configure(app, client), {
        scope: 'call',
      });
      assertRefused(api, await post(app, api, own), TokenWithoutUser);
      assertRefused(api, await request(app, 'GET', `${api.path}/none`, bearer(own)), TokenWithoutUser);
    });
  });
}
