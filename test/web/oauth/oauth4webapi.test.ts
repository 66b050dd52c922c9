import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { startApp } from '../../harness/app.ts';
import { addModernClient, MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { addPerson, callStatus, walk } from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const insecure = { [oauth.allowInsecureRequests]: true };

for (const kind of ['confidential', 'public'] as const) {
  test(`oauth4webapi completes code and PKCE, refresh, introspection and revocation for a ${kind} client`, async () => {
    const issuer = new URL(app.url);
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
    const server = await oauth.processDiscoveryResponse(issuer, discovered);
    const { client: registered, secret } = await addModernClient(app, { public: kind === 'public' });
    const client: oauth.Client = { client_id: registered.id };
    const authentication = secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret);

    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const url = new URL(server.authorization_endpoint ?? '');
    url.search = String(
      new URLSearchParams({
        client_id: client.client_id,
        redirect_uri: MODERN_REDIRECT_URI,
        response_type: 'code',
        scope: 'call',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
      }),
    );
    const { callback } = await walk(anna, url);
    const parameters = oauth.validateAuthResponse(server, client, callback, state);

    const redeemed = await oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        parameters,
        MODERN_REDIRECT_URI,
        verifier,
        insecure,
      ),
    );
    assert.equal(redeemed.token_type, 'bearer');
    assert.equal(await callStatus(app, redeemed.access_token), 200);

    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(
        server,
        client,
        authentication,
        redeemed.refresh_token ?? '',
        insecure,
      ),
    );
    assert.notEqual(refreshed.access_token, redeemed.access_token);
    assert.equal(await callStatus(app, refreshed.access_token), 200);

    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        server,
        client,
        await oauth.introspectionRequest(server, client, authentication, token, insecure),
      );
    const { active, scope, client_id: clientId } = await introspect(refreshed.access_token);
    assert.deepEqual(
      { active, scope, clientId },
      { active: true, scope: 'call', clientId: client.client_id },
    );

    const revoked = await oauth.revocationRequest(
      server,
      client,
      authentication,
      refreshed.refresh_token ?? '',
      insecure,
    );
    await oauth.processRevocationResponse(revoked);
    for (const token of [redeemed.access_token, refreshed.access_token, refreshed.refresh_token ?? '']) {
      assert.deepEqual(await introspect(token), { active: false });
      assert.equal(await callStatus(app, token), 401);
    }
  });
}
