import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { afterFile } from '../../../test/harness/clean-up.ts';
import { until } from '../../../test/harness/until.ts';
import { makeCertificate } from '../../../test/peers/certificate.ts';
import { MAX_CONNECTIONS_PER_ADDRESS } from '../src/transport/inbound-limits.ts';
import { startAgent, type TestAgent } from './test-agent.ts';

const { cert, key } = makeCertificate();
const OPTIONS = [
  'OPTIONS sip:127.0.0.1 SIP/2.0',
  'Via: SIP/2.0/TCP 127.0.0.1:9;rport;branch=z9hG4bKo',
  ...['From: <sip:a@b>;tag=1', 'To: <sip:c@d>', 'Call-ID: e', 'CSeq: 1 OPTIONS'],
  ...['Content-Length: 0', '', ''],
].join('\r\n');

function start(protocol: 'tcp' | 'tls', t1: number): Promise<TestAgent> {
  const listen = { protocol, host: '127.0.0.1', port: 0 } as const;
  return startAgent({ listen, tls: { cert, key, ca: cert } }, { t1 });
}

/** A TCP connection, without a TLS handshake. */
async function open(agent: TestAgent, localAddress = '127.0.0.1'): Promise<Socket> {
  const port = Number(/:(\d+)/.exec(agent.contact.slice('sip:'.length))?.[1]);
  const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
  afterFile(() => socket.destroy());
  await once(socket, 'connect');
  return socket.resume();
}

async function secure(agent: TestAgent, localAddress?: string): Promise<Socket> {
  const socket = connectTls({ socket: await open(agent, localAddress), ca: cert, host: '127.0.0.1' });
  await once(
    socket.on('error', () => {}),
    'secureConnect',
  );
  return socket.resume();
}

/** Also with an error, for which once() would reject. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.on('close', resolve));
}

const OPEN = { tcp: open, tls: secure };

/** Whether the connection answers, and is not closed. */
async function isServed(agent: TestAgent, protocol: 'tcp' | 'tls', from?: string): Promise<boolean> {
  const socket = await OPEN[protocol](agent, from).catch(() => undefined);
  socket?.write(OPTIONS);
  if (socket === undefined) return false;
  const answer = new Promise((resolve) => socket.on('data', resolve));
  return /^SIP\/2\.0 200/.test(String(await Promise.race([answer, closed(socket)])));
}

for (const protocol of ['tcp', 'tls'] as const) {
  test(`over ${protocol}, a connection without a complete message is closed; one with a message may be idle for longer`, async () => {
    const t1 = 6;
    const agent = await start(protocol, t1);
    const [silent, slow, pinging, speaking] = [
      await open(agent),
      await OPEN[protocol](agent),
      await OPEN[protocol](agent),
      await OPEN[protocol](agent),
    ];
    const since = performance.now();
    const lived = [silent, slow, pinging, speaking].map((socket) =>
      closed(socket).then(() => performance.now() - since),
    );
    speaking.write(OPTIONS);
    assert.match(String(await once(speaking, 'data')), /^SIP\/2\.0 200/);
    const [letters, pings] = [[...OPTIONS.repeat(9)].values(), '\r\n\r\n'];
    const drip = setInterval(() => {
      slow.write(letters.next().value ?? '');
      pinging.write(pings);
    }, 20);
    const [first, second, third, last = 0] = await Promise.all(lived).finally(() => clearInterval(drip));
    for (const early of [first, second, third]) assert.ok(Number(early) < last / 2, `${early} of ${last} ms`);
    assert.ok(last >= 10 * 64 * t1, `${last} ms`);
  });

  test(`over ${protocol}, one address cannot take all connections`, async () => {
    const agent = await start(protocol, 500);
    const held: Socket[] = [];
    for (let count = 0; count < MAX_CONNECTIONS_PER_ADDRESS; count++) held.push(await open(agent));
    assert.equal(await isServed(agent, protocol), false);
    assert.equal(await isServed(agent, protocol, '127.0.0.2'), true);
    for (const socket of held.splice(0, 2)) socket.destroy();
    await until('a place', () => isServed(agent, protocol));
    await agent.close();
  });
}
