import { once } from 'node:events';
import { type AddressInfo, connect, createServer, isIP, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { Connections } from './connections.ts';
import {
  closeWhenSilent,
  InboundLimits,
  MOST_CONNECTIONS,
  patience,
  type SignsOfLife,
} from './inbound-limits.ts';
import type { Target } from './locator.ts';
import { type Hop, hostPort } from './next-hop.ts';
import { StreamFramer } from './stream-framer.ts';
import type { Receive, Source, Wire } from './wire.ts';

/** In PEM. */
export interface Pem {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

/** What may become of a stream. */
export interface StreamTrouble {
  malformed(): void;
  /** A connection of this side's own was closed: what was sent last may not have arrived. */
  lost(to: Source): void;
}

const CONNECT_MS = 4_000;
const KEEP_ALIVE_MS = 30_000;
/** What is not read by a peer is not kept for it without end. */
const MOST_UNSENT = 4 * 1024 * 1024;
const PONG = '\r\n';

/**
 * TCP, or TLS where there are certificates. A connection serves all messages to and from its peer (RFC 3261 section 18).
 * @throws Error where the address is taken, or a certificate cannot be read
 */
export async function openStream(
  listen: { readonly host: string; readonly port: number },
  pem: Pem | undefined,
  receive: Receive,
  trouble: StreamTrouble,
): Promise<Wire> {
  const credentials =
    pem && Object.fromEntries(Object.entries(pem).filter(([, value]) => value !== undefined));
  const connections = new Connections();
  const opening = new Map<string, Promise<Socket>>();
  const all = new Set<Socket>();
  const limits = new InboundLimits();

  const attach = (socket: Socket, peer: string, key: string, life?: SignsOfLife) => {
    const from = { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 };
    const framer = new StreamFramer({
      message: (raw) => {
        life?.message();
        receive(raw, from);
      },
      ping: () => {
        life?.ping();
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
        trouble.malformed();
        socket.destroy();
      }
    });
    socket.on('end', () => socket.end());
  };
  /** So that no socket is without them at any moment of its life. */
  const keep = <S extends Socket>(socket: S): S => {
    all.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => all.delete(socket));
    return socket;
  };
  const admit = (socket: Socket) => {
    keep(socket);
    if (socket.remoteAddress === undefined || !limits.admit(socket, socket.remoteAddress)) socket.destroy();
  };
  const accept = (socket: Socket) => {
    if (credentials) keep(socket);
    if (socket.destroyed || socket.remoteAddress === undefined) return;
    const peer = hostPort(plain(socket.remoteAddress), socket.remotePort);
    attach(socket, peer, peer, closeWhenSilent(socket));
  };

  const server = credentials
    ? createTlsServer({ ...credentials, handshakeTimeout: patience() })
    : createServer();
  server.maxConnections = MOST_CONNECTIONS;
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
    keep(socket);
    const late = setTimeout(() => socket.destroy(new Error('no connection')), CONNECT_MS);
    try {
      await once(socket, credentials ? 'secureConnect' : 'connect');
    } finally {
      clearTimeout(late);
    }
    attach(socket, hostPort(host, port), key);
    socket.on('close', () => trouble.lost({ address: host, port }));
    return socket;
  };
  const connectionTo = (target: Target): Promise<Socket> => {
    const key = `${hostPort(target.address, target.port)}${credentials ? ` ${target.name}` : ''}`;
    const present = connections.forRequests(key);
    if (present !== undefined) return Promise.resolve(present);
    const coming = opening.get(key) ?? open(target, key).finally(() => opening.delete(key));
    opening.set(key, coming);
    return coming;
  };

  return {
    port: (server.address() as AddressInfo).port,
    reliable: true,
    send: async (raw, target) => write(await connectionTo(target), raw),
    reply: async (raw, { host, port = 0 }: Hop) => {
      const socket = connections.forResponses(hostPort(host, port));
      if (socket === undefined) throw new Error('the connection that the request came on is closed');
      write(socket, raw);
    },
    probe: async () => {},
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of all) socket.destroy();
      await closed;
    },
  };
}

function write(socket: Socket, raw: string): void {
  if (socket.writableLength > MOST_UNSENT) socket.destroy();
  if (!socket.writable) throw new Error('the connection is closed');
  socket.write(raw);
}

/** An IPv4 address as such, also where the socket is one for both (RFC 4291 section 2.5.5.2). */
function plain(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
