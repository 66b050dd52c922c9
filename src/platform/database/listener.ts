import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const RECONNECT_MS = 500;
/** A connection whose other end vanished says nothing by itself. */
const ASK_EVERY_MS = 5_000;

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
  askEveryMs = ASK_EVERY_MS,
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
      connection.on('error', () => resolve()); // one loss may be told twice
    });
    connection.on('notification', ({ payload = '' }) => hear(payload));
    client = connection;
    let asking: NodeJS.Timeout | undefined;
    try {
      await Promise.race([connection.connect(), lost]); // one that is ended while it connects never says so
      await connection.query(`LISTEN ${channel}`);
      asking = keepAsking(connection);
      await lost;
    } finally {
      clearInterval(asking);
      await connection.end().catch(() => {});
    }
  }

  /** Ends a connection that does not answer. */
  function keepAsking(connection: pg.Client): NodeJS.Timeout {
    let waiting = false;
    return setInterval(async () => {
      if (waiting) return;
      waiting = true;
      await connection.query('SELECT').catch(() => connection.end());
      waiting = false;
    }, askEveryMs).unref();
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
