import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { metadataOf } from '../../src/core/clients/registration.ts';
import { cookieNames } from '../../src/web/entry/cookie-names.ts';
import { providerConfiguration } from '../../src/web/oauth/provider/provider-configuration.ts';
import { CLIENT, PUBLIC_CLIENT, userIdOf } from '../environment/users.ts';
import { issueTokens } from './issue-tokens.ts';
import { createMemoryAdapter } from './memory-adapter.ts';

/**
 * oidc-provider alone, with the server's configuration and storage in memory. `/tokens/CLIENT/COUNT` issues the first tokens.
 * `bare-provider.ts PORT`
 */
const port = Number(process.argv[2]);
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const configuration = providerConfiguration({
  adapter: createMemoryAdapter,
  keys: { jwks: { keys: [{ ...jwk, alg: 'ES256', use: 'sig' }] }, cookieKeys: ['bench'], version: '1' },
  mustChangePassword: async () => false,
  cookieNames: cookieNames('http://localhost'),
  findAccount: async (id) => ({ id, name: id, administrator: false, phoneNumber: null }),
  findGrantedScopes: async () => undefined,
  redirectUriPolicy: { allowHttp: false },
  allowHosts: [],
  documents: {
    configuration: { fetch, feature: { enabled: false } },
    explainRefusals() {},
  },
  apis: [],
  updateSession: async () => {},
  checkAdministration: async () => 'missing',
  recordSecondFactor: async () => undefined,
  findFormerInteraction: async () => undefined,
  recordResponse: async () => {},
});
const registration = { name: 'Benchmark', redirectUris: ['https://bench.example/'] };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  ...configuration,
  jwks: { keys: [{ ...jwk, alg: 'ES256', use: 'sig' }] },
  enabledJWA: { ...configuration.enabledJWA, idTokenSigningAlgValues: ['ES256'] },
  clientDefaults: { ...configuration.clientDefaults, id_token_signed_response_alg: 'ES256' },
  clients: [
    { client_id: CLIENT.id, client_secret: CLIENT.secret, ...metadataOf(registration) },
    { client_id: PUBLIC_CLIENT.id, ...metadataOf({ ...registration, public: true }) },
  ],
});
const handle = provider.callback();

createServer(async (request, response) => {
  const [, clientId, count] = /^\/tokens\/([\w-]+)\/(\d+)$/.exec(request.url ?? '') ?? [];
  if (clientId === undefined) return handle(request, response);
  const userIds = Array.from({ length: Number(count) }, (_, user) => userIdOf(user));
  response.end(JSON.stringify(await issueTokens(provider, clientId, userIds)));
}).listen(port, '127.0.0.1', () => console.log('ready'));
