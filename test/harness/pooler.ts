import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterFile } from './clean-up.ts';

/** What PgBouncer does with the timeouts of a connection. */
export type PoolerMode = 'refuse' | 'drop' | 'transaction';

const TIMEOUTS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

/**
 * A stand-in for PgBouncer 1.18 before a PostgreSQL on a Unix socket: it refuses the timeouts of the startup message, as it comes,
 * or drops them (`ignore_startup_parameters`). In mode `transaction`, all connections share one session.
 * @returns its URL
 */
export async function startPooler(mode: PoolerMode, databaseUrl: string): Promise<string> {
  const url = new URL(databaseUrl.replace('@/', '@localhost/'));
  const path = `${url.searchParams.get('host')}/.s.PGSQL.${url.searchParams.get('port')}`;
  const shared = mode === 'transaction' ? new SharedSession(connect(path)) : undefined;
  const server = createServer((client) => {
    client.on('error', () => {}); // cut by the other side
    client.once('data', (startup) => {
      const parameters = readParameters(startup);
      const [refused] = TIMEOUTS.filter((name) => mode === 'refuse' && parameters.has(name));
      if (refused !== undefined) {
        client.end(errorResponse(`unsupported startup parameter: ${refused}`));
        return;
      }
      for (const name of TIMEOUTS) parameters.delete(name);
      if (shared) shared.add(client, startupMessage(parameters));
      else connectThrough(client, path, startupMessage(parameters));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterFile(() => {
    shared?.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `postgresql://${url.username}@127.0.0.1:${port}${url.pathname}?sslmode=disable`;
}

function connectThrough(client: Socket, path: string, startup: Buffer): void {
  const session = connect(path);
  session.on('error', () => {});
  session.write(startup);
  client.pipe(session);
  session.pipe(client);
  client.once('close', () => session.destroy());
}

/** Lets one client at a time use the session, until PostgreSQL is ready for the next statement and in no transaction. */
class SharedSession {
  readonly #session: Socket;
  readonly #waiting: { readonly client: Socket; readonly bytes: Buffer }[] = [];
  #current: Socket | undefined;
  #started = false;
  /** What PostgreSQL answered to the first startup message. */
  #greeting = Buffer.alloc(0);
  #rest = Buffer.alloc(0);

  constructor(session: Socket) {
    this.#session = session;
    session.on('error', () => {});
    session.on('data', (data) => this.#receive(data));
  }

  add(client: Socket, startup: Buffer): void {
    if (this.#started && this.#greeting.length > 0) client.write(this.#greeting);
    else this.#send(client, startup);
    this.#started = true;
    client.on('data', (bytes) => {
      if (bytes[0] !== TERMINATE) this.#send(client, bytes);
    });
  }

  close(): void {
    this.#session.destroy();
  }

  #send(client: Socket, bytes: Buffer): void {
    if (this.#current !== undefined && this.#current !== client) {
      this.#waiting.push({ client, bytes });
      return;
    }
    this.#current = client;
    this.#session.write(bytes);
  }

  #receive(data: Buffer): void {
    this.#current?.write(data);
    if (this.#greeting.length === 0 || !isReady(this.#greeting))
      this.#greeting = Buffer.concat([this.#greeting, data]);
    this.#rest = Buffer.concat([this.#rest, data]).subarray(-6);
    if (!isReady(this.#rest) || this.#rest[5] !== IDLE) return;
    this.#current = undefined;
    const next = this.#waiting.shift();
    if (next) this.#send(next.client, next.bytes);
  }
}

const TERMINATE = 'X'.charCodeAt(0);
const READY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

/** Whether the bytes end with ReadyForQuery: its type, its length, and the state of the transaction. */
function isReady(bytes: Buffer): boolean {
  return bytes.length >= 6 && bytes[bytes.length - 6] === READY && bytes.readUInt32BE(bytes.length - 5) === 5;
}

/** Names and values, each with a final zero byte, after the length and the version of the protocol. */
function readParameters(startup: Buffer): Map<string, string> {
  const texts = startup.subarray(8).toString().split('\0');
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < texts.length && texts[index] !== ''; index += 2)
    parameters.set(texts[index] ?? '', texts[index + 1] ?? '');
  return parameters;
}

function startupMessage(parameters: ReadonlyMap<string, string>): Buffer {
  const body = Buffer.from(
    `${[...parameters]
      .flat()
      .map((text) => `${text}\0`)
      .join('')}\0`,
  );
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.writeUInt32BE(0x30000, 4);
  return Buffer.concat([head, body]);
}

export function errorResponse(message: string, sqlState = '08P01'): Buffer {
  const fields = Buffer.from(`SFATAL\0C${sqlState}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
