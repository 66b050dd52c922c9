import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const RECONNECT_MS = 500;

export interface Listener {
  close(): Promise<void>;
}

/**
 * Hears what is notified on a channel, over a connection of its own that is made again whenever it is lost. What is
 * notified in between is missed: a notification says where to look, never what is there.
 */
export function listen(
  settings: pg.ClientConfig,
  channel: string,
  hear: (payload: string) => void,
): Listener {
  const closing = new AbortController();
  let client: pg.Client | undefined;

  async function keepListening(): Promise<void> {
    while (!closing.signal.aborted) {
      await listenOnce().catch(() => {}); // the connection could not be made, or was lost
      await sleep(RECONNECT_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  async function listenOnce(): Promise<void> {
    const connection = new pg.Client({ ...settings, keepAlive: true });
    const lost = new Promise<void>((resolve) => {
      connection.once('end', resolve);
      connection.once('error', () => resolve());
    });
    connection.on('notification', ({ payload = '' }) => hear(payload));
    client = connection;
    try {
      await connection.connect();
      await connection.query(`LISTEN ${channel}`);
      await lost;
    } finally {
      await connection.end().catch(() => {});
    }
  }

  const listening = keepListening();
  return {
    async close() {
      closing.abort();
      await client?.end().catch(() => {});
      await listening;
    },
  };
}
