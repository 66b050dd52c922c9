import { WebSocket } from 'ws';
import type { Cancel, Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { authorizationOf } from './ari-client.ts';
import type { AriConfig } from './ari-config.ts';

const MIN_WAIT_MS = 250;
const MAX_WAIT_MS = 5_000;
/** A connection without a pong for this long is dead. */
const HEARTBEAT_MS = 4_000;

/** The fields of an Asterisk event that this server uses. */
export interface AriEvent {
  readonly type: string;
  readonly channel?: { readonly id: string; readonly name: string; readonly state: string };
  /** Q.850, of ChannelHangupRequest and ChannelDestroyed; also the next two. */
  readonly cause?: number;
  readonly cause_txt?: string;
  /** Of the channel's technology: for PJSIP a status. */
  readonly tech_cause?: number;
  readonly recording?: { readonly name: string };
}

export interface AriEventsDeps {
  /** The Stasis application. Asterisk sends its events only to the last listener that connected. */
  readonly application: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  received(event: AriEvent): void;
  /** The connection is open. Events between two connections are lost. */
  opened(): void;
}

export interface AriEvents {
  isOpen(): boolean;
  /** Resolves with true once the connection is open, or with false after the given time. */
  whenOpen(milliseconds: number): Promise<boolean>;
  close(): void;
}

/** Listens to Asterisk until closed. Reconnects when the connection breaks. */
export function listenToAsterisk(config: AriConfig, deps: AriEventsDeps): AriEvents {
  const { application, clock, log, received, opened } = deps;
  const url = `${config.url.replace(/^http/, 'ws')}/events?${new URLSearchParams({ app: application })}`;
  const headers = { authorization: authorizationOf(config) };
  const waiting = new Set<(open: boolean) => void>();
  let socket: WebSocket;
  let wait = MIN_WAIT_MS;
  let cancelReconnect: Cancel = () => {};
  let closed = false;

  function connect(): void {
    const current = new WebSocket(url, { headers, handshakeTimeout: HEARTBEAT_MS });
    let why = '';
    let stopKeepAlive: Cancel = () => {};
    socket = current;
    current.on('open', () => {
      log.info({ application }, 'ari: connected to Asterisk');
      wait = MIN_WAIT_MS;
      stopKeepAlive = keepAlive(current, clock);
      for (const resolve of waiting) resolve(true);
      opened();
    });
    current.on('message', (data) => {
      const event = readEvent(String(data));
      if (event) return received(event);
      why = 'Asterisk sent a message that is not an event';
      current.terminate(); // the next connect reads the state of every call
    });
    current.on('error', (error) => {
      why = error.message;
    });
    current.on('close', () => {
      stopKeepAlive();
      if (closed) return;
      log.warn({ application, why, wait }, 'ari: lost the connection to Asterisk; reconnecting');
      cancelReconnect = clock.after(wait, connect);
      wait = Math.min(2 * wait, MAX_WAIT_MS);
    });
  }

  connect();

  const isOpen = () => socket.readyState === WebSocket.OPEN;
  return {
    isOpen,
    async whenOpen(milliseconds) {
      if (isOpen()) return true;
      return new Promise((resolve) => {
        const finish = (open: boolean) => {
          cancel();
          waiting.delete(finish);
          resolve(open);
        };
        const cancel = clock.after(milliseconds, () => finish(false));
        waiting.add(finish);
      });
    },
    close() {
      closed = true;
      cancelReconnect();
      for (const resolve of waiting) resolve(false);
      socket.terminate();
    },
  };
}

function readEvent(text: string): AriEvent | undefined {
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === 'object' && event !== null && 'type' in event ? (event as AriEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends pings. @returns a function that stops them */
function keepAlive(socket: WebSocket, clock: Clock): Cancel {
  let answered = true;
  let cancel: Cancel;
  socket.on('pong', () => {
    answered = true;
  });
  const beat = () => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
    cancel = clock.after(HEARTBEAT_MS, beat);
  };
  cancel = clock.after(HEARTBEAT_MS, beat);
  return () => cancel();
}
