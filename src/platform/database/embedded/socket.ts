import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { OWNER } from './roles.ts';

/** No port is opened; PostgreSQL only names its socket after this number. */
export const SOCKET_PORT = 5432;

const CONNECT_TIMEOUT_MS = 2000;
const QUERY_TIMEOUT_MS = 5000;

/**
 * A connection string for the PostgreSQL with its socket in `folder` (absolute). It sets port and sslmode, so that PGPORT and
 * PGSSLMODE in the environment have no effect.
 */
export function connectionUrl(folder: string, database: string, role: string): string {
  const host = encodeURIComponent(folder);
  return `postgresql://${role}@/${database}?host=${host}&port=${SOCKET_PORT}&sslmode=disable`;
}

/** @throws Error that names DATA_DIR if the path of the socket in `folder` is longer than the system allows */
export function refuseLongSocketPath(folder: string): void {
  // sun_path has 108 bytes on Linux and 104 on the BSDs and macOS, a final zero byte included.
  const limit = process.platform === 'linux' ? 107 : 103;
  const path = socketPath(folder);
  const excess = Buffer.byteLength(path) - limit;
  if (excess <= 0) return;
  throw new Error(
    `DATA_DIR is ${excess} bytes too long: the database's socket would be ${path}, and this system allows ` +
      `${limit} bytes. Choose a shorter DATA_DIR or set DATABASE_URL.`,
  );
}

/** Whether a PostgreSQL listens on the socket in `folder`, in any state and in any container. */
export async function isListening(folder: string): Promise<boolean> {
  const socket = connectSocket(socketPath(folder));
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    // EAGAIN: its queue of new connections is full.
    return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
  } finally {
    socket.destroy();
  }
}

/**
 * Opens a connection as the owner. If it is lost later, its queries reject; it never emits an unhandled 'error' event.
 *
 * @throws the driver's error, with the `code` of the system (ENOENT: not running) or of PostgreSQL (57P03: still starting)
 */
export async function connect(folder: string, database: string): Promise<Client> {
  const client = new Client({
    connectionString: connectionUrl(folder, database, OWNER),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    disconnect(client);
    throw error;
  }
  return client;
}

/** Closes a connection without waiting for a response, which a stopping PostgreSQL may never send. */
export function disconnect(client: Client): void {
  client.end().catch(() => {});
}

function socketPath(folder: string): string {
  return join(folder, `.s.PGSQL.${SOCKET_PORT}`);
}
