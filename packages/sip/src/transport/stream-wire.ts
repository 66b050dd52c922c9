import { once } from 'node:events';
import { type AddressInfo, connect, createServer, isIP, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { Connections } from './connections.ts';
import {
  type Activity,
  closeWhenIdle,
  firstMessageTimeout,
  InboundLimits,
  MAX_CONNECTIONS,
} from './inbound-limits.ts';
import type { Target } from './locator.ts';
import { type Hop, hostPort } from './next-hop.ts';
import { StreamFramer } from './stream-framer.ts';
import type { Receive, Source, Wire } from './wire.ts';

/** Certificate, private key and trusted authorities, in PEM. */
export interface Pem {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

export interface StreamEvents {
  readonly receive: Receive;
  /** A peer sent data that is not SIP. Its connection is closed. */
  malformed(): void;
  /** A connection that this node opened was closed: the last messages may not have arrived. */
  connectionLost(to: Source): void;
}

const CONNECT_MS = 4_000;
const KEEP_ALIVE_MS = 30_000;
/** Bytes that wait for a peer that does not read; beyond that its connection is closed. */
const MAX_UNSENT = 4 * 1024 * 1024;
const PONG = '\r\n';

/**
 * TCP, or TLS if there are certificates. One connection carries all messages to and from its peer (RFC 3261 section 18).
 * @throws Error if the address is in use, or a certificate cannot be read
 */
export async function openStream(
  listen: { readonly host: string; readonly port: number },
  pem: Pem | undefined,
  { receive, malformed, connectionLost }: StreamEvents,
): Promise<Wire> {
  const credentials =
    pem && Object.fromEntries(Object.entries(pem).filter(([, value]) => value !== undefined));
  const connections = new Connections();
  const opening = new Map<string, Promise<Socket>>();
  const sockets = new Set<Socket>();
  const limits = new InboundLimits();

  const readMessages = (socket: Socket, peer: string, key: string, activity?: Activity) => {
    const from = { address: withoutMapping(socket.remoteAddress), port: socket.remotePort ?? 0 };
    const framer = new StreamFramer({
      message: (raw) => {
        activity?.message();
        receive(raw, from);
      },
      ping: () => {
        activity?.ping();
        socket.write(PONG);
      },
    });
    connections.add(socket, peer, key);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      try {
        framer.push(chunk);
      } catch {
        malformed();
        socket.destroy();
      }
    });
    socket.on('end', () => socket.end());
  };
  /** Called as soon as a socket exists, so that no error of it is unhandled. */
  const track = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const admit = (socket: Socket) => {
    track(socket);
    if (socket.remoteAddress === undefined || !limits.admit(socket, socket.remoteAddress)) socket.destroy();
  };
  const accept = (socket: Socket) => {
    if (credentials) track(socket);
    if (socket.destroyed || socket.remoteAddress === undefined) return;
    const peer = hostPort(withoutMapping(socket.remoteAddress), socket.remotePort);
    readMessages(socket, peer, peer, closeWhenIdle(socket));
  };

  const server = credentials
    ? createTlsServer({ ...credentials, handshakeTimeout: firstMessageTimeout() })
    : createServer();
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', admit);
  server.on(credentials ? 'secureConnection' : 'connection', accept);
  server.on('tlsClientError', (_, socket: Socket) => socket.destroy());
  server.listen(listen.port, listen.host);
  await once(server, 'listening');

  const open = async ({ address: host, port, name }: Target, key: string): Promise<Socket> => {
    const servername = isIP(name) ? {} : { servername: name };
    const socket = credentials
      ? connectTls({ host, port, ...servername, ...credentials })
      : connect({ host, port });
    track(socket);
    const timeout = setTimeout(() => socket.destroy(new Error('the connection timed out')), CONNECT_MS);
    try {
      await once(socket, credentials ? 'secureConnect' : 'connect');
    } finally {
      clearTimeout(timeout);
    }
    readMessages(socket, hostPort(host, port), key);
    socket.on('close', () => connectionLost({ address: host, port }));
    return socket;
  };
  const connectionTo = (target: Target): Promise<Socket> => {
    const key = `${hostPort(target.address, target.port)}${credentials ? ` ${target.name}` : ''}`;
    const connected = connections.forRequests(key);
    if (connected !== undefined) return Promise.resolve(connected);
    const connecting = opening.get(key) ?? open(target, key).finally(() => opening.delete(key));
    opening.set(key, connecting);
    return connecting;
  };

  return {
    port: (server.address() as AddressInfo).port,
    reliable: true,
    send: async (raw, target) => write(await connectionTo(target), raw),
    reply: async (raw, { host, port = 0 }: Hop) => {
      const socket = connections.forResponses(hostPort(host, port));
      if (socket === undefined) throw new Error('the connection of the request is closed');
      write(socket, raw);
    },
    probe: async () => {},
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function write(socket: Socket, raw: string): void {
  if (socket.writableLength > MAX_UNSENT) socket.destroy();
  if (!socket.writable) throw new Error('the connection is closed');
  socket.write(raw);
}

/** An IPv4 address that a socket for both families reports as IPv6 (RFC 4291 section 2.5.5.2). */
function withoutMapping(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
