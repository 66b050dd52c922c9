import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { request } from '../../platform/http/request.ts';

const app = await startApp();

test('the definition can be read by tools of any origin, without a token', async () => {
  const answer = await request(app, 'GET', '/openapi.json', { origin: 'https://editor.example' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  const { openapi, servers } = answer.json<{ openapi: string; servers: unknown }>();
  assert.equal(openapi, '3.1.0');
  assert.deepEqual(servers, [{ url: app.url }]);
});

test('the definition begins with a first call to paste, at this server’s address', async () => {
  const { info } = (await request(app, 'GET', '/openapi.json')).json<{ info: { description: string } }>();
  assert.ok(info.description.includes(`\n## A first call\n`), info.description);
  assert.ok(info.description.includes(`\nURL=${app.url}\n`), info.description);
  assert.match(info.description, /curl .*\/calls/);
  assert.doesNotMatch(info.description, /localhost:8888/);
});

suite('the reference', async () => {
  const page = await request(app, 'GET', '/docs/');

  test('allows nothing but this server’s own scripts and styles', () => {
    assert.equal(page.status, 200);
    const policy = page.headers.get('content-security-policy') ?? '';
    for (const directive of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
    ])
      assert.ok(policy.split('; ').includes(directive), policy);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(page.text, /<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/);
  });

  test('finds everything that it loads', async () => {
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => {
      const { pathname, search } = new URL(address.replaceAll('&#61;', '='), `${app.url}/docs/`);
      return `${pathname}${search}`;
    });
    assert.ok(loaded.length >= 6, page.text);
    for (const path of [...loaded, '/docs', '/docs/json'])
      assert.equal((await request(app, 'GET', path)).status, 200, path);
  });

  test('serves no other file of the library’s folder', async () => {
    for (const path of [
      '/docs/static/../package.json',
      '/docs/static/%2e%2e/package.json',
      '/docs/static/nothing',
    ])
      assert.equal((await request(app, 'GET', path)).status, 404, path);
  });
});
