import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePort, freePorts } from './free-port.ts';

/** All that one process has. */
const PORTS = 1_998;

test('more ports than a process has are refused, not looked for without end', () =>
  assert.rejects(freePorts(PORTS + 2), /no 2000 ports in a row are free among the 1998 of this process/));

test('a row with a taken port is refused if there is no other', async (context) => {
  const taken = createServer().listen(await freePort(), '127.0.0.1');
  context.after(() => taken.close());
  await once(taken, 'listening');
  await assert.rejects(freePorts(PORTS), /no 1998 ports in a row are free/);
});

test('after the last port, the first ones are looked at again', async () => {
  const first = await freePorts(1_000);
  assert.equal(await freePorts(1_000), first);
});
