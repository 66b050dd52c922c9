import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { afterFile } from '../../../test/harness/clean-up.ts';
import { until } from '../../../test/harness/until.ts';
import { makeCertificate } from '../../../test/peers/certificate.ts';
import { startPhone } from '../../../test/peers/phone.ts';
import { prepare, startAgent } from './test-agent.ts';

const TCP = { listen: { protocol: 'tcp', host: '127.0.0.1', port: 0 } } as const;

/** Passes bytes to a phone over TCP, and counts connections. */
async function startPassage(port: number) {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count++;
    const onward = connect(port, '127.0.0.1');
    for (const each of [socket, onward]) {
      sockets.add(each.on('error', () => {}));
    }
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    for (const socket of sockets) socket.destroy();
  };
  afterFile(() => {
    close();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' ? address?.port : 0, connections: () => count, close };
}

test('one connection carries all calls to a peer, and is reopened after it breaks', async () => {
  const phone = await startPhone({ name: 'alice', transport: 'tcp', autoAnswer: false });
  const passage = await startPassage(Number(/:(\d+);/.exec(phone.uri)?.[1]));
  const agent = await startAgent({ ...TCP, proxy: `sip:127.0.0.1:${passage.port};transport=tcp` });
  const ring = async () => {
    const { leg, ringing } = prepare(agent, phone.uri);
    const call = assert.rejects(leg.call(), { code: 487 });
    await until('ringing', () => ringing.length > 0);
    await leg.hangUp();
    await call;
  };
  await Promise.all([ring(), ring()]);
  await ring();
  assert.equal(passage.connections(), 1);
  passage.close();
  await ring();
  assert.equal(passage.connections(), 2);
});

test('over TLS, a phone is called, and sends requests on its own connection', async () => {
  const certificate = makeCertificate();
  const { cert, key } = certificate;
  const phone = await startPhone({ name: 'alice', transport: 'tls', certificate });
  const listen = { protocol: 'tls', host: '127.0.0.1', port: 0 } as const;
  const agent = await startAgent({ listen, tls: { cert, key, ca: cert } });
  const { leg } = prepare(agent, phone.uri);
  (await leg.call()).ack();
  await phone.until('CALL_ESTABLISHED');
  await leg.hangUp();

  const port = Number(/:(\d+);/.exec(agent.contact.slice('sip:'.length))?.[1]);
  const socket = connectTls({ host: '127.0.0.1', port, ca: cert });
  afterFile(() => socket.destroy());
  await once(socket, 'secureConnect');
  const lines = [
    'Via: SIP/2.0/TLS 127.0.0.1:1;branch=z9hG4bK1',
    'From: <sip:a@b>;tag=1',
    'To: <sip:c@d>',
    'Call-ID: e',
  ];
  socket.write(
    ['OPTIONS sip:127.0.0.1 SIP/2.0', ...lines, 'CSeq: 1 OPTIONS', 'Content-Length: 0', '', ''].join('\r\n'),
  );
  const [answer] = await once(socket, 'data');
  assert.match(
    String(answer),
    /^SIP\/2\.0 200 OK\r\nVia: SIP\/2\.0\/TLS 127\.0\.0\.1:1;branch=z9hG4bK1;received=127\.0\.0\.1;rport=\d+\r\n/,
  );
});

test('a call over IPv6', async () => {
  const listen = { protocol: 'udp', host: '[::1]', port: 0 } as const;
  const [agent, other] = [await startAgent({ listen }), await startAgent({ listen })];
  assert.match(other.contact, /^sip:clicktocall@\[::1\]:\d+$/);
  await assert.rejects(prepare(agent, other.contact).leg.call(), { code: 403, local: false });
});
