import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { afterFile } from '../../../test/harness/clean-up.ts';
import { prepare, startAgent } from './test-agent.ts';

const T1 = 20;

/** A peer in its own process, which answers while this process is busy. It refuses every INVITE. */
const PEER = `
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (data, from) => {
  const lines = data.toString().split('\\r\\n');
  if (!lines[0].startsWith('INVITE')) return;
  const kept = lines.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line)).map((line) => /^To:/i.test(line) ? line + ';tag=x' : line);
  socket.send(['SIP/2.0 486 Busy Here', ...kept, 'Content-Length: 0', '', ''].join('\\r\\n'), from.port, from.address);
});
socket.bind(0, '127.0.0.1', () => console.log(socket.address().port));
`;

test('a busy process does not repeat a request whose response waits in its socket', async () => {
  const peer = spawn(process.execPath, ['-e', PEER], { stdio: ['ignore', 'pipe', 'inherit'] });
  afterFile(() => void peer.kill());
  const [port] = await once(peer.stdout, 'data');
  const agent = await startAgent({}, { t1: T1 });
  for (let round = 0; round < 3; round++) {
    const called = Promise.allSettled(
      Array.from({ length: 50 }, () => prepare(agent, `sip:a@127.0.0.1:${String(port).trim()}`).leg.call()),
    );
    while (agent.recorded.messages.filter((each) => each === 'sent INVITE').length < 50 * (round + 1))
      await new Promise((resolve) => setImmediate(resolve));
    // longer than T1, and than the silence after which another server would be tried
    for (const busyUntil = performance.now() + 10 * T1; performance.now() < busyUntil; );
    await called;
  }
  assert.deepEqual(agent.recorded.retransmissions, []);
});
