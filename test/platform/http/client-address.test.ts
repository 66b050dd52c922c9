import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createHttpServer } from '../../../src/platform/http/http-server.ts';

test('a proxy that sends no address is logged once; one that adds a port is not', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
  const app = createHttpServer(true, log, {});
  app.get('/', async ({ ip }) => ({ ip }));
  const get = (address: string) => app.inject({ url: '/', headers: { 'x-forwarded-for': address } });

  for (const address of ['203.0.113.7', '203.0.113.7:5678', '[2001:db8::1]:5678']) await get(address);
  assert.deepEqual(lines, []);
  for (const address of ['unknown', 'unknown', '_hidden']) await get(address);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /"address":"unknown".*cannot read the address that the proxy sends/);
  await app.close();
});
