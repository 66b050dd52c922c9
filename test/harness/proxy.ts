import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { afterFile } from './clean-up.ts';

/** A proxy to the database that can fail like a network. */
export interface Proxy {
  /** Settings for a client that connects through the proxy. */
  readonly settings: pg.ClientConfig;
  /** The number of connected clients. */
  connections(): number;
  /** Breaks every connection with a reset. */
  reset(): void;
  /** Drops all data on old and new connections, without closing them. */
  swallow(): void;
  /** Forwards new connections again; old ones stay silent. */
  recover(): void;
}

export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const { host, port, user, password, database } = new pg.Client({ connectionString: databaseUrl });
  const clients = new Map<Socket, Socket>();
  let swallowing = false;

  const server = createServer((client) => {
    const onward = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    clients.set(client, onward);
    client
      .on('error', () => {})
      .once('close', () => {
        clients.delete(client);
        onward.destroy();
      });
    onward.on('error', () => {}).once('close', () => client.destroy());
    if (swallowing) {
      client.resume();
    } else {
      client.pipe(onward);
      onward.pipe(client);
    }
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  afterFile(() => {
    for (const client of clients.keys()) client.destroy();
    server.close();
  });

  return {
    settings: {
      host: 'localhost',
      port: (server.address() as AddressInfo).port,
      ...(user && { user }),
      ...(typeof password === 'string' && { password }),
      ...(database && { database }),
    },
    connections: () => clients.size,
    reset() {
      for (const client of clients.keys()) client.resetAndDestroy();
    },
    swallow() {
      swallowing = true;
      for (const [client, onward] of clients) {
        client.unpipe(onward).resume();
        onward.unpipe(client).resume();
      }
    },
    recover() {
      swallowing = false;
    },
  };
}
