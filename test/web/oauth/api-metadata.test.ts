import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { startApp } from '../../harness/app.ts';
import { addModernClient, MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { addPerson, jsonOf, walk } from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const insecure = { [oauth.allowInsecureRequests]: true };

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const CALL_SCOPES = [
  'call',
  'click-to-dial:calls:create',
  'click-to-dial:calls:read',
  'click-to-dial:calls:delete',
  'click-to-dial:recordings:read',
];

/** What the metadata of each API say, besides what they all say. */
const APIS: Readonly<Record<string, Record<string, unknown>>> = {
  '/api/v1': { resource_name: 'ClickToCall API', scopes_supported: [...CALL_SCOPES, 'webhooks'] },
  '/click-to-dial/v0.2': {
    resource_name: 'CAMARA Click to Dial',
    scopes_supported: CALL_SCOPES,
  },
  '/rest': {
    resource_name: 'Classic API',
    scopes_supported: ['call'],
    bearer_methods_supported: ['header', 'query'],
  },
  '/admin': { resource_name: 'Admin API', scopes_supported: ['admin'] },
};

suite('protected resource metadata (RFC 9728)', () => {
  for (const [path, own] of Object.entries(APIS)) {
    test(`of ${path}: the API, its authorization server and its scopes`, async () => {
      const answer = await request(app, 'GET', WELL_KNOWN + path);
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      assert.deepEqual(answer.json(), {
        resource: app.url + path,
        authorization_servers: [app.url],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'RS256', 'PS256'],
        resource_documentation: `${app.url}/docs`,
        ...own,
      });
    });

    test(`of ${path}: for any origin, any cache, and HEAD`, async () => {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await request(app, method, WELL_KNOWN + path, {
          origin: 'https://app.example',
        });
        assert.deepEqual(
          [status, headers.get('access-control-allow-origin'), headers.get('cache-control')],
          [200, '*', 'public, max-age=3600'],
          method,
        );
      }
      const preflight = await request(app, 'OPTIONS', WELL_KNOWN + path, {
        origin: 'https://app.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'mcp-protocol-version',
      });
      assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-headers')], [204, '*']);
    });

    test(`of ${path}: described in the API definition`, async () => {
      const { paths } = await jsonOf(await fetch(`${app.url}/openapi.json`));
      assert.ok((paths as Record<string, object>)[WELL_KNOWN + path], path);
    });
  }

  test('of what is no API: 404', async () => {
    for (const path of [
      '',
      '/',
      '/api',
      '/api/v2',
      '/api/v1/',
      '/api/v1/calls',
      '/oauth/userinfo',
      '/metrics',
    ])
      assert.equal((await request(app, 'GET', WELL_KNOWN + path)).status, 404, path);
  });

  test('is listed by the authorization server', async () => {
    for (const document of ['oauth-authorization-server', 'openid-configuration']) {
      const metadata = await jsonOf(await fetch(`${app.url}/.well-known/${document}`));
      const expected = Object.keys(APIS).map((path) => app.url + path);
      assert.deepEqual(metadata['protected_resources'], expected, document);
    }
  });
});

test('a client that knows only the URL of an API finds its way to a token for it (oauth4webapi)', async () => {
  const api = new URL(`${app.url}/api/v1`);
  const limits = new URL(`${api.href}/me/limits`);

  const refused = await fetch(limits);
  const [challenge] =
    /resource_metadata="([^"]+)".*?scope="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? [];
  assert.ok(challenge);
  const [, metadataUrl, scope = ''] = /resource_metadata="([^"]+)".*?scope="([^"]+)"/.exec(challenge) ?? [];
  const discovered = await oauth.resourceDiscoveryRequest(api, insecure);
  assert.equal(discovered.url, metadataUrl);
  const resource = await oauth.processResourceDiscoveryResponse(api, discovered);

  const issuer = new URL(resource.authorization_servers?.[0] ?? '');
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
  );
  assert.ok(server.protected_resources?.includes(resource.resource));

  const { client: registered } = await addModernClient(app, { public: true });
  const client: oauth.Client = { client_id: registered.id };
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(server.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: MODERN_REDIRECT_URI,
    response_type: 'code',
    scope,
    resource: resource.resource,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const { callback } = await walk(anna, url);
  const tokens = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      oauth.validateAuthResponse(server, client, callback),
      MODERN_REDIRECT_URI,
      verifier,
      { additionalParameters: { resource: resource.resource }, ...insecure },
    ),
  );
  assert.equal(tokens.scope, scope);
  const answer = await oauth.protectedResourceRequest(
    tokens.access_token,
    'GET',
    limits,
    undefined,
    null,
    insecure,
  );
  assert.equal(answer.status, 200);
});
