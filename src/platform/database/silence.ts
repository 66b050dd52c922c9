import { Socket } from 'node:net';
import pg from 'pg';

const CHECK_EVERY_MS = 250;
/**
 * The database is silent after this many checks without a response. This counts checks, not milliseconds, because a busy
 * process reads pending responses between two checks.
 */
const MAX_UNANSWERED_CHECKS = 5;

/** The sockets of this node's connections. They can be cut all at once, so that every waiting request gets an error. */
export interface Sockets {
  /** For the settings of a client. */
  readonly stream: () => Socket;
  /** Cuts all open sockets, and every socket opened until `allow`. */
  cut(): void;
  allow(): void;
}

export function createSockets(): Sockets {
  const open = new Set<Socket>();
  let cutting = false;
  const destroy = (socket: Socket) => socket.destroy(new Error('timeout: the database does not respond'));
  return {
    stream() {
      const socket = new Socket();
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      if (cutting) process.nextTick(destroy, socket); // the client attaches its listeners first
      return socket;
    },
    cut() {
      cutting = true;
      for (const socket of open) destroy(socket);
    },
    allow() {
      cutting = false;
    },
  };
}

export interface SilenceWatch {
  /** Whether the database has not responded for about a second. */
  isSilent(): boolean;
  close(): void;
}

/**
 * Distinguishes an unresponsive database from a slow one, which a statement timeout cannot. While connections are in use, it
 * sends probes over its own connection. If there is no response, it cuts all connections until there is one. A refused
 * connection counts as a response.
 */
export function watchForSilence(
  settings: pg.ClientConfig,
  sockets: Pick<Sockets, 'cut' | 'allow'>,
  isUsed: () => boolean,
): SilenceWatch {
  let silent = false;
  let probe: Probe | undefined;
  /** Checks since the probe was sent; 0 after a response. */
  let checks = 0;

  function sendProbe(): void {
    const current = probe ?? openProbe(settings);
    probe = current;
    checks = 1;
    const onResponse = (next: Probe | undefined) => () => {
      if (probe !== current) return;
      probe = next;
      checks = 0;
      silent = false;
      sockets.allow();
    };
    current.send().then(onResponse(current), onResponse(undefined));
  }

  function closeProbe(): void {
    probe?.socket.destroy();
    probe = undefined;
  }

  const timer = setInterval(() => {
    if (checks > MAX_UNANSWERED_CHECKS) {
      silent = true;
      sockets.cut();
      closeProbe();
      sendProbe();
    } else if (checks > 0) {
      checks++;
    } else if (isUsed()) {
      sendProbe();
    }
  }, CHECK_EVERY_MS).unref();

  return {
    isSilent: () => silent,
    close() {
      clearInterval(timer);
      closeProbe();
    },
  };
}

interface Probe {
  readonly socket: Socket;
  send(): Promise<unknown>;
}

function openProbe(settings: pg.ClientConfig): Probe {
  const socket = new Socket();
  const client = new pg.Client({ ...settings, stream: () => socket });
  client.on('error', () => {}); // the next probe fails
  const connected = client.connect();
  return { socket, send: () => connected.then(() => client.query('SELECT')) };
}
