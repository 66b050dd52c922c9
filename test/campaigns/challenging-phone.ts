import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterFile } from '../harness/clean-up.ts';

/** A peer that requires digest authentication (RFC 8760), and is then busy. @returns its SIP address */
export async function startChallengingPhone(): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const text = message.toString();
    const [line = '', ...head] = text.split('\r\n');
    if (/^(ACK|SIP)/.test(line)) return;
    const wants = !/^(Proxy-)?Authorization:/im.test(text);
    const busy = line.startsWith('INVITE') ? '486 Busy Here' : '200 OK';
    const answer = [
      `SIP/2.0 ${wants ? '407 Proxy Authentication Required' : busy}`,
      ...head
        .filter((each) => /^(Via|From|To|Call-ID|CSeq):/i.test(each))
        .map((each) => (/^To:/i.test(each) && !/tag=/.test(each) ? `${each};tag=phone` : each)),
      ...(wants
        ? ['Proxy-Authenticate: Digest realm="127.0.0.1", nonce="n0nce", algorithm=MD5, qop="auth"']
        : []),
      ...['Content-Length: 0', '', ''],
    ];
    socket.send(answer.join('\r\n'), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterFile(() => socket.close());
  return `sip:127.0.0.1:${socket.address().port}`;
}
