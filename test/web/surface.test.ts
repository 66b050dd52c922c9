import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import accepts from '@fastify/accepts';
import type { FastifyInstance } from 'fastify';
import { createHttpServer } from '../../src/platform/http/http-server.ts';
import { createLog } from '../../src/platform/http/log.ts';
import { requestBodies } from '../../src/platform/http/request-body.ts';
import { sameOriginForms } from '../../src/platform/http/same-origin.ts';
import { securityHeaders } from '../../src/platform/http/security-headers.ts';
import { entryGuard } from '../../src/web/entry/entry.ts';
import { publishApis } from '../../src/web/entry/protected-api.ts';
import { apiDefinition } from '../../src/web/openapi/definition.ts';
import { surface } from '../../src/web/surface.ts';
import { afterFile } from '../harness/clean-up.ts';
import { pageContextOf } from '../harness/page-context.ts';

const log = createLog('silent');
afterFile(() => log.close());

const publicUrl = 'http://localhost:8888';
const refuseCall = async () => {
  throw new Error('no request is sent');
};

/** Everything that a surface relies on, in an order that starts. */
const PLUGINS: Readonly<Record<string, (http: FastifyInstance) => PromiseLike<unknown>>> = {
  accepts: (http) => http.register(accepts),
  'security-headers': (http) => http.register(securityHeaders, { publicUrl }),
  'api-definition': (http) => http.register(apiDefinition, { publicUrl, version: '0.0.0' }),
  'entry-guard': (http) =>
    http.register(entryGuard, {
      accessTokens: {
        requireClient: refuseCall,
        requireAdministrator: refuseCall,
        requireUser: refuseCall,
        findTokenUser: refuseCall,
      },
      checkProof: refuseCall,
      apis: publishApis(publicUrl, [
        { path: '/stock', name: 'Stock', scopes: ['call'], bearerMethods: ['header'] },
      ]),
      guards: { user: refuseCall, console: refuseCall, metrics: () => {} },
    }),
  'request-bodies': (http) => http.register(requestBodies),
};

const shop = surface('shop', async (app) => {
  await app.register(sameOriginForms, { publicUrl });
  app.get('/shop', { config: { entry: 'anyone' }, schema: { hide: true } }, async () => 'open');
  app.post('/shop', { config: { entry: 'anyone' }, schema: { hide: true } }, async () => 'sold');
});

const stock = surface('stock', async (app) => {
  app.get('/stock/items', { config: { entry: 'token', scopes: ['call', 'webhooks'] } }, async () => '');
});

const openRoute = surface('open', async (app) => {
  app.get('/open', async () => '');
});

/** Starts a server with the surface and all plugins but one. */
async function startWithout(missing?: string): Promise<FastifyInstance> {
  const http = createHttpServer(false, log.logger, {}, pageContextOf);
  for (const [name, register] of Object.entries(PLUGINS)) if (name !== missing) await register(http);
  await http.register(shop);
  await http.ready();
  return http;
}

suite('a surface', () => {
  test('starts after all its dependencies', async () => {
    const http = await startWithout();
    assert.equal((await http.inject('/shop')).body, 'open');
    await http.close();
  });

  for (const missing of Object.keys(PLUGINS))
    test(`does not start without ${missing}, and the error names it`, async () => {
      await assert.rejects(
        startWithout(missing),
        new RegExp(`dependency '(@fastify/)?${missing}' of plugin`),
      );
    });

  test('does not start with a route that does not declare who may enter', async () => {
    const http = createHttpServer(false, log.logger, {}, pageContextOf);
    for (const register of Object.values(PLUGINS)) await register(http);
    await http.register(openRoute);
    await assert.rejects(async () => http.ready(), /GET \/open does not declare config\.entry/);
  });

  test('does not start with a route that needs a scope that its API does not list', async () => {
    const http = createHttpServer(false, log.logger, {}, pageContextOf);
    for (const register of Object.values(PLUGINS)) await register(http);
    await http.register(stock);
    await assert.rejects(async () => http.ready(), /GET \/stock\/items needs a scope that its API/);
  });

  test('refuses forms of other sites on all its routes', async () => {
    const http = await startWithout();
    const send = (site: string) =>
      http.inject({ method: 'POST', url: '/shop', headers: { 'sec-fetch-site': site } });
    assert.equal((await send('cross-site')).statusCode, 403);
    assert.equal((await send('same-origin')).body, 'sold');
    await http.close();
  });
});
