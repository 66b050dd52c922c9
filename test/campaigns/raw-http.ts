import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The responses to raw bytes. */
export interface RawAnswer {
  /** The status of each response on the connection, in order. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** Whether the server closed the connection. */
  readonly closed: boolean;
}

/** How long a response may take, and how long to wait for another one on an open connection. */
const PATIENCE_MS = 10_000;
const FURTHER_MS = 150;

/** Sends bytes until the peer closes the connection, and reads the response. */
export async function sendRaw(url: string, parts: Iterable<string | Buffer>): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  const over = new AbortController();
  const answered = Promise.withResolvers<void>();
  socket.on('error', () => {}); // a reset is an answer, too
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    answered.resolve();
  });
  socket.on('close', () => {
    over.abort();
    answered.resolve();
  });
  for (const part of parts) {
    if (over.signal.aborted) break;
    if (!socket.write(part)) await once(socket, 'drain', { signal: over.signal }).catch(() => {});
  }
  const late = setTimeout(() => answered.resolve(), PATIENCE_MS);
  await answered.promise;
  clearTimeout(late);
  await sleep(FURTHER_MS, undefined, { signal: over.signal }).catch(() => {});
  const closed = over.signal.aborted;
  socket.destroy();
  const text = Buffer.concat(chunks).toString('latin1');
  return {
    statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)),
    text,
    closed,
  };
}
