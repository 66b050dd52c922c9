import { Socket } from 'node:net';
import pg from 'pg';

const LOOK_EVERY_MS = 250;
/**
 * So many looks without a sign of life are silence. Looks are counted, not milliseconds: a process that was busy itself
 * reads between two of them what has come meanwhile.
 */
const PATIENCE = 5;

/** The sockets of a node's connections, which can be cut all at once: whoever waits for an answer then gets an error. */
export interface Sockets {
  /** For the settings of a client. */
  readonly stream: () => Socket;
  /** Those that are open, and whatever is opened until `allow`. */
  cut(): void;
  allow(): void;
}

export function createSockets(): Sockets {
  const open = new Set<Socket>();
  let cutting = false;
  const destroy = (socket: Socket) => socket.destroy(new Error('timeout: the database says nothing'));
  return {
    stream() {
      const socket = new Socket();
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      if (cutting) process.nextTick(destroy, socket); // whose client listens only then
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
  /** The database has said nothing for about a second, and says nothing still. */
  isSilent(): boolean;
  close(): void;
}

/**
 * Tells a database that says nothing from one that takes its time, which the time limit of a statement cannot: while the
 * connections are used it is asked for a sign of life, over one of its own. When none comes all are cut, until one has come.
 * A server that refuses has given a sign of life.
 */
export function watchForSilence(
  settings: pg.ClientConfig,
  sockets: Pick<Sockets, 'cut' | 'allow'>,
  isUsed: () => boolean,
): SilenceWatch {
  let silent = false;
  let line: Line | undefined;
  /** Looks since it was asked; 0 when it has answered. */
  let looks = 0;

  function ask(): void {
    const asked = line ?? openLine(settings);
    line = asked;
    looks = 1;
    const sign = (next: Line | undefined) => () => {
      if (line !== asked) return;
      line = next;
      looks = 0;
      silent = false;
      sockets.allow();
    };
    asked.ask().then(sign(asked), sign(undefined));
  }

  function drop(): void {
    line?.socket.destroy();
    line = undefined;
  }

  const timer = setInterval(() => {
    if (looks > PATIENCE) {
      silent = true;
      sockets.cut();
      drop();
      ask();
    } else if (looks > 0) {
      looks++;
    } else if (isUsed()) {
      ask();
    }
  }, LOOK_EVERY_MS).unref();

  return {
    isSilent: () => silent,
    close() {
      clearInterval(timer);
      drop();
    },
  };
}

interface Line {
  readonly socket: Socket;
  ask(): Promise<unknown>;
}

function openLine(settings: pg.ClientConfig): Line {
  const socket = new Socket();
  const client = new pg.Client({ ...settings, stream: () => socket });
  client.on('error', () => {}); // the next question says so
  const connected = client.connect();
  return { socket, ask: () => connected.then(() => client.query('SELECT')) };
}
