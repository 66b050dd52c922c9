import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const RECONNECT_MS = 500;
/** A connection whose other end vanished reports no error, so it needs a probe. */
const PROBE_EVERY_MS = 5_000;

export interface Listener {
  close(): Promise<void>;
}

/**
 * Listens to notifications on a channel, over its own connection, and reconnects when that is lost. Notifications in between
 * are missed, so a notification must only say where to look.
 */
export function listen(
  settings: pg.ClientConfig,
  channel: string,
  onNotification: (payload: string) => void,
  probeEveryMs = PROBE_EVERY_MS,
): Listener {
  const closing = new AbortController();
  let client: pg.Client | undefined;

  async function keepListening(): Promise<void> {
    while (!closing.signal.aborted) {
      await listenOnce().catch(() => {}); // connecting failed, or the connection was lost
      await sleep(RECONNECT_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  async function listenOnce(): Promise<void> {
    const connection = new pg.Client({ ...settings, keepAlive: true });
    const lost = new Promise<void>((resolve) => {
      connection.once('end', resolve);
      connection.on('error', () => resolve()); // both events may occur for one loss
    });
    connection.on('notification', ({ payload = '' }) => onNotification(payload));
    client = connection;
    let probe: NodeJS.Timeout | undefined;
    try {
      await Promise.race([connection.connect(), lost]); // connect() never settles if the client is ended before
      await connection.query(`LISTEN ${channel}`);
      probe = startProbe(connection);
      await lost;
    } finally {
      clearInterval(probe);
      await connection.end().catch(() => {});
    }
  }

  /** Ends a connection that does not respond. */
  function startProbe(connection: pg.Client): NodeJS.Timeout {
    let waiting = false;
    return setInterval(async () => {
      if (waiting) return;
      waiting = true;
      await connection.query('SELECT').catch(() => connection.end());
      waiting = false;
    }, probeEveryMs).unref();
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
