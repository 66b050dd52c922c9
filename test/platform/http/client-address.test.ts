import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createHttpServer } from '../../../src/platform/http/http-server.ts';
import { pageContextOf } from '../../harness/page-context.ts';

test('a proxy that sends no address is logged once; one that adds a port is not', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
  const app = createHttpServer(true, log, {}, pageContextOf);
  app.get('/', async ({ ip }) => ({ ip }));
  const get = (address: string) => app.inject({ url: '/', headers: { 'x-forwarded-for': address } });

  for (const address of ['203.0.113.7', '203.0.113.7:5678', '[2001:db8::1]:5678']) await get(address);
  assert.deepEqual(lines, []);
  for (const address of ['unknown', 'unknown', '_hidden']) await get(address);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /"address":"unknown".*cannot read the address that the proxy sends/);
  await app.close();
});

test('the address of a client has no port, and a proxy with a port is trusted', async () => {
  const log = pino({ level: 'silent' });
  const app = createHttpServer(['10.0.0.0/8', '127.0.0.1', 'fd00::/8'], log, {}, pageContextOf);
  app.get('/', async ({ ip }) => ({ ip }));
  const addressFor = async (forwarded: string) =>
    (await app.inject({ url: '/', headers: { 'x-forwarded-for': forwarded } })).json().ip;

  assert.equal(await addressFor('203.0.113.7:5678'), '203.0.113.7');
  assert.equal(await addressFor('[2001:db8::1]:5678'), '2001:db8::1');
  assert.equal(await addressFor('[2001:db8::1]'), '2001:db8::1');
  assert.equal(await addressFor('198.51.100.1, 203.0.113.7:5678, 10.0.0.1:80,[fd00::1]:443'), '203.0.113.7');
  assert.equal(await addressFor('unknown, 10.0.0.1:80'), 'unknown');
  await app.close();
});
