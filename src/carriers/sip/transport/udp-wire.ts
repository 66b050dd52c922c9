import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Target } from './locator.ts';
import type { Hop } from './next-hop.ts';
import type { Receive, Wire } from './wire.ts';

const SIP_PORT = 5060;
/** How long a refusal by ICMP takes at most. */
const PROBE_MS = 1_000;
/** A keep-alive (RFC 5626 section 4.4.1): whoever speaks SIP takes no offence at it. */
const NOTHING = '\r\n\r\n';

/** Bytes, if the system grants as many: a burst that comes while the process does something else waits there. */
const RECEIVE_BUFFER = 2 * 1024 * 1024;

/** @throws Error where the address is taken */
export async function openUdp(host: string, port: number, family: 4 | 6, receive: Receive): Promise<Wire> {
  const type = `udp${family}` as const;
  const socket = createSocket({ type, ipv6Only: family === 6, recvBufferSize: RECEIVE_BUFFER });
  socket.on('message', (data, from) => receive(data.toString(), from));
  socket.bind(port, host);
  await once(socket, 'listening');
  // what one datagram meets says nothing about the others
  socket.on('error', () => {});
  return {
    port: socket.address().port,
    reliable: false,
    send: (raw, target) => sendDatagram(socket, raw, target.port, target.address),
    reply: (raw, { host, port = SIP_PORT }: Hop) => sendDatagram(socket, raw, port, host),
    probe: (target) => probe(type, target),
    close: () => new Promise((closed) => socket.close(() => closed())),
  };
}

function sendDatagram(socket: Socket, raw: string, port: number, address: string): Promise<void> {
  return new Promise((sent, failed) => {
    socket.send(raw, port, address, (error) => (error ? failed(error) : sent()));
  });
}

/** Only a connected socket is told that nobody listens at the other end, so one is opened to ask. */
async function probe(type: 'udp4' | 'udp6', target: Target): Promise<void> {
  const socket = createSocket(type);
  try {
    const refused = once(socket, 'error').then(([error]) => Promise.reject(error as Error));
    const patient = AbortSignal.timeout(PROBE_MS);
    const given = once(patient, 'abort');
    socket.connect(target.port, target.address);
    await Promise.race([refused, once(socket, 'connect')]);
    socket.send(NOTHING);
    await Promise.race([refused, given]);
  } finally {
    socket.close();
  }
}
