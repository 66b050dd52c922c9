import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
/**
 * Below what systems give to sockets that ask for any port, so that nobody is given one of these before the test takes it. Above
 * 10080, the last port to which fetch does not connect.
 */
const FIRST = 11_000;
const PAST = 32_000;
/** What one process has. A phone at rest has not taken the ports of its media: nobody else may find them free. */
const BLOCK = 2_000;
/** The rest of a block: its first two ports are for its mark. */
const PORTS = BLOCK - 2;
const LISTENING = '0A';

/** Once it is through, it begins anew. */
let block: Promise<{ readonly first: number; next: number }> | undefined;

/** A port that is free on loopback for UDP and TCP, and no other process's. */
export function freePort(): Promise<number> {
  return freePorts(1);
}

/**
 * So many ports in a row, the first one even, that are free on loopback for UDP and TCP, and no other process's.
 * @throws Error if it finds no such row
 */
export async function freePorts(count: number): Promise<number> {
  block ??= takeBlock();
  const own = await block;
  const width = count + (count % 2);
  for (let tried = width; tried <= PORTS; tried += width) {
    if (own.next + width > own.first + PORTS) own.next = own.first;
    const first = own.next;
    own.next += width;
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.flatMap((port) => [isFreeForUdp(port), isFreeForTcp(port)]));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} ports in a row are free among the ${PORTS} of this process`);
}

/** Marked by its first port, which goes with this process however that ends. */
async function takeBlock(): Promise<{ readonly first: number; next: number }> {
  for (let first = FIRST; first < PAST; first += BLOCK) {
    const mark = createServer().listen(first, HOST);
    if (await succeeds(once(mark, 'listening'))) {
      mark.unref();
      return { first: first + 2, next: first + 2 };
    }
  }
  throw new Error('every port that tests may have belongs to another process');
}

/** Whether a process has the port: looked up, since trying to take it would keep a peer that is starting from it. */
export function isTaken(port: number, protocol: 'udp' | 'tcp'): boolean {
  const [, ...sockets] = readFileSync(`/proc/net/${protocol}`, 'utf8').trimEnd().split('\n');
  return sockets.some((socket) => {
    const [, local = '', , state] = socket.trim().split(/\s+/);
    const taken = protocol === 'udp' || state === LISTENING;
    return taken && Number.parseInt(local.slice(local.indexOf(':') + 1), 16) === port;
  });
}

async function isFreeForUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4').bind(port, HOST);
  const free = await succeeds(once(socket, 'listening'));
  if (free) await new Promise<void>((closed) => socket.close(closed));
  return free;
}

async function isFreeForTcp(port: number): Promise<boolean> {
  const server = createServer().listen(port, HOST);
  const free = await succeeds(once(server, 'listening'));
  if (free) await new Promise((closed) => server.close(closed));
  return free;
}

function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
