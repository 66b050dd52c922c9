import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { afterFile } from '../../../test/harness/clean-up.ts';
import { until } from '../../../test/harness/until.ts';
import { makeCertificate } from '../../../test/peers/certificate.ts';
import { field, PHONE_SDP } from '../../../test/peers/raw-phone.ts';
import { OFFER, prepare, startAgent } from './test-agent.ts';

const { cert, key } = makeCertificate();

/** A phone that accepts one connection, and sends everything on it. */
async function startStreamPhone(protocol: 'tcp' | 'tls') {
  const received: string[] = [];
  let connection: Socket | undefined;
  const accept = (socket: Socket) => {
    assert.equal(connection, undefined, 'there is one connection');
    connection = socket.on('error', () => {});
    socket.on('data', (data) => received.push(...String(data).split(/(?<=\r\n\r\n)(?=[A-Z])/)));
  };
  const server = protocol === 'tls' ? createTlsServer({ cert, key }, accept) : createServer(accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterFile(() => {
    connection?.destroy();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const next = (beginning: RegExp) =>
    until(`${beginning} at the phone`, () => received.find((each) => beginning.test(each)));
  const send = (start: string, lines: readonly string[], body = '') =>
    connection?.write([start, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'));
  return { host, uri: `sip:phone@${host};transport=${protocol}`, next, send };
}

for (const protocol of ['tcp', 'tls'] as const) {
  test(`over ${protocol}, a phone is answered on the connection that this side opened`, async () => {
    const listen = { protocol, host: '127.0.0.1', port: 0 } as const;
    const agent = await startAgent({ listen, tls: { cert, key, ca: cert } });
    const phone = await startStreamPhone(protocol);
    const { leg, ended, reInvites } = prepare(agent, phone.uri);
    const answered = leg.call();
    const invite = await phone.next(/^INVITE/);
    const to = `${field(invite, 'To')};tag=phone`;
    const contact = `Contact: <${phone.uri}>`;
    const same = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${field(invite, name)}`);
    const described = [contact, 'Content-Type: application/sdp'];
    phone.send('SIP/2.0 200 OK', [...same, `To: ${to}`, ...described], PHONE_SDP);
    (await answered).ack();
    await phone.next(/^ACK/);

    const target = /<(.*)>/.exec(field(invite, 'Contact'))?.[1];
    const ask = (method: string, cseq: number, lines: readonly string[] = [], body = '') =>
      phone.send(
        `${method} ${target} SIP/2.0`,
        [
          `Via: SIP/2.0/${protocol.toUpperCase()} ${phone.host};branch=z9hG4bK${method}${cseq}`,
          ...[`From: ${to}`, `To: ${field(invite, 'From')}`, `Call-ID: ${field(invite, 'Call-ID')}`],
          ...[`CSeq: ${cseq} ${method}`, contact, ...lines],
        ],
        body,
      );
    ask('OPTIONS', 1);
    await phone.next(/^SIP\/2\.0 \d{3} [\s\S]*\r\nCSeq: 1 OPTIONS/);
    ask('INVITE', 2, described, PHONE_SDP);
    (await until('the re-INVITE', () => reInvites[0])).accept(OFFER);
    await phone.next(/^SIP\/2\.0 200 [\s\S]*\r\nCSeq: 2 INVITE/);
    ask('ACK', 2);
    ask('BYE', 3);
    await phone.next(/^SIP\/2\.0 200 [\s\S]*\r\nCSeq: 3 BYE/);
    assert.deepEqual(ended, ['bye']);
  });
}
