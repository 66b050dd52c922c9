import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatedPhones } from '../../../src/carriers/simulated-phones.ts';
import { PHONES } from '../../../src/web/demo/try-it-page.ts';
import { startApp } from '../../harness/app.ts';
import { request } from '../../platform/http/request.ts';

const HTML = { accept: 'text/html' };
const demoClient = { name: 'Demo app', redirectUris: ['http://localhost:1/'], public: true };

test('without demo data the first page is a plain welcome, with links', async () => {
  const app = await startApp();
  const page = await request(app, 'GET', '/', HTML);
  assert.equal(page.status, 200);
  assert.match(page.text, /<h1>ClickToCall<\/h1>/);
  for (const link of [
    '/account',
    '/docs',
    '/errors',
    '/openapi.json',
    '/.well-known/oauth-authorization-server',
  ])
    assert.match(page.text, new RegExp(`href="${link}"`));
  assert.doesNotMatch(page.text, /<script|demo/);
});

test('with demo data it is the demo application, under a policy that lets nothing in from elsewhere', async () => {
  const app = await startApp();
  await app.clients.registerDemoClient(demoClient, 'demo-app');
  const page = await request(app, 'GET', '/', HTML);
  assert.equal(page.status, 200);
  assert.match(page.text, /<h1>Make your first call<\/h1>/);
  assert.match(page.text, new RegExp(`data-home="${app.url}"`.replaceAll(':', '(?::|&#58;)')));
  assert.match(page.text, /<noscript>.*needs JavaScript/s);
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(
    policy,
    /^default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self';/,
  );
  const scripts = [...page.text.matchAll(/<script src="([^"]+)"/g)].map(([, path = '']) => path);
  assert.equal(scripts.length, 3);
  for (const script of scripts) {
    const { status, headers } = await request(app, 'GET', script.replace('&#61;', '='));
    assert.equal(status, 200, script);
    assert.match(headers.get('content-type') ?? '', /^text\/javascript/);
  }
});

test('programs get the same addresses as without demo data', async () => {
  const app = await startApp();
  await app.clients.registerDemoClient(demoClient, 'demo-app');
  assert.deepEqual((await request(app, 'GET', '/')).json(), {
    name: 'ClickToCall',
    metadata: `${app.url}/.well-known/oauth-authorization-server`,
    definition: `${app.url}/openapi.json`,
  });
});

test('a server in production never shows it', async () => {
  const app = await startApp({ NODE_ENV: 'production' });
  await app.clients.registerDemoClient(demoClient, 'demo-app');
  assert.match((await request(app, 'GET', '/', HTML)).text, /<h1>ClickToCall<\/h1>/);
});

test('the phones that it offers are simulated ones', () => {
  const simulated = simulatedPhones.map(([number]) => number);
  for (const { number } of PHONES) assert.ok(simulated.includes(number), number);
});
