import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterFile } from '../../harness/clean-up.ts';

/** A proxy to Asterisk that can break. */
export interface Line {
  /** URL of the REST interface through the proxy. */
  readonly url: string;
  /** Everything that was sent to Asterisk. */
  said(): string;
  /** Breaks all connections; new ones are refused, until `mend`. */
  cut(): void;
  /** Silently drops all data from now on. */
  stall(): void;
  mend(): void;
}

/** @param url of Asterisk's REST interface */
export async function startLine(url: string): Promise<Line> {
  const target = new URL(url);
  const clients = new Map<Socket, Socket>();
  let whole = true;
  let said = '';
  const server = createServer((client) => {
    if (!whole) {
      client.destroy();
      return;
    }
    const onward = connect(Number(target.port), target.hostname);
    clients.set(client, onward);
    client.on('data', (data) => {
      said += data.toString('latin1');
    });
    client.pipe(onward).pipe(client);
    client.on('error', () => {}).once('close', () => onward.destroy());
    onward.on('error', () => {}).once('close', () => client.destroy());
    client.once('close', () => clients.delete(client));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    whole = false;
    for (const client of clients.keys()) client.destroy();
  };
  afterFile(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`,
    said: () => said,
    cut,
    stall() {
      for (const [client, onward] of clients) {
        client.unpipe(onward).resume();
        onward.unpipe(client).resume();
      }
    },
    mend() {
      whole = true;
    },
  };
}
