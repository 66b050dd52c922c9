import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './locator.ts';
import type { Hop } from './next-hop.ts';
import type { Receive, Wire } from './wire.ts';

const SIP_PORT = 5060;
/** How long an ICMP refusal may take. */
const PROBE_MS = 1_000;
/** RFC 5626 section 4.4.1: every SIP peer ignores it. */
const KEEP_ALIVE = '\r\n\r\n';
/** Bytes, if the system grants them: a burst waits there while the process is busy. */
const RECEIVE_BUFFER = 2 * 1024 * 1024;

/** @throws Error if the address is in use */
export async function openUdp(host: string, port: number, family: 4 | 6, receive: Receive): Promise<Wire> {
  const type = `udp${family}` as const;
  const socket = createSocket({ type, ipv6Only: family === 6, recvBufferSize: RECEIVE_BUFFER });
  socket.on('message', (data, from) => receive(data.toString(), from));
  socket.bind(port, host);
  await once(socket, 'listening');
  // an error of one datagram says nothing about the others
  socket.on('error', () => {});
  const closing = new AbortController();
  return {
    port: socket.address().port,
    reliable: false,
    send: (raw, target) => sendDatagram(socket, raw, target.port, target.address),
    reply: (raw, { host, port = SIP_PORT }: Hop) => sendDatagram(socket, raw, port, host),
    probe: (target) => probe(type, target, closing.signal),
    close: () => {
      closing.abort();
      return new Promise((closed) => socket.close(() => closed()));
    },
  };
}

function sendDatagram(socket: Socket, raw: string, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(raw, port, address, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Only a connected socket learns that its target refuses datagrams, so the probe opens one.
 * @param closing ends the probe
 */
async function probe(type: 'udp4' | 'udp6', target: Target, closing: AbortSignal): Promise<void> {
  const socket = createSocket(type);
  try {
    const refused = once(socket, 'error').then(([error]) => Promise.reject(error as Error));
    const over = sleep(PROBE_MS, undefined, { signal: closing, ref: false }).catch(() => {});
    socket.connect(target.port, target.address);
    await Promise.race([refused, once(socket, 'connect')]);
    socket.send(KEEP_ALIVE);
    await Promise.race([refused, over]);
  } finally {
    socket.close();
  }
}
