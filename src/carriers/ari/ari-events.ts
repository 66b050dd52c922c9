import { WebSocket } from 'ws';
import type { Cancel, Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { authorizationOf } from './ari-client.ts';
import type { AriConfig } from './ari-config.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** A connection over which nothing came back for so long is dead, whatever the network says. */
const HEARTBEAT_MS = 4_000;

/** What is used of an event of Asterisk's. */
export interface AriEvent {
  readonly type: string;
  readonly channel?: { readonly id: string; readonly state: string };
  /** Q.850, of ChannelDestroyed. */
  readonly cause?: number;
  readonly recording?: { readonly name: string };
}

export interface AriEventsParts {
  /** The Stasis application, which has one listener: the last one that came. */
  readonly application: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  heard(event: AriEvent): void;
  /** From now on events are heard; those of before, since the connection broke, never will be. */
  opened(): void;
}

export interface AriEvents {
  isOpen(): boolean;
  /** Resolves once events are heard, at once when they are; with false after so many milliseconds. */
  whenOpen(milliseconds: number): Promise<boolean>;
  close(): void;
}

/** Listens to Asterisk for as long as it is not closed, and connects again whenever the connection breaks. */
export function listenToAsterisk(config: AriConfig, parts: AriEventsParts): AriEvents {
  const { application, clock, log, heard, opened } = parts;
  const url = `${config.url.replace(/^http/, 'ws')}/events?${new URLSearchParams({ app: application })}`;
  const headers = { authorization: authorizationOf(config) };
  const waiting = new Set<(open: boolean) => void>();
  let socket: WebSocket;
  let wait = FIRST_WAIT_MS;
  let again: Cancel = () => {};
  let closed = false;

  function connect(): void {
    const current = new WebSocket(url, { headers, handshakeTimeout: HEARTBEAT_MS });
    let why = '';
    let beat: Cancel = () => {};
    socket = current;
    current.on('open', () => {
      log.info({ application }, 'listens to Asterisk');
      wait = FIRST_WAIT_MS;
      beat = keepAlive(current, clock);
      for (const resolve of waiting) resolve(true);
      opened();
    });
    current.on('message', (data) => {
      const event = readEvent(String(data));
      if (event) return heard(event);
      why = 'it sent what is no event';
      current.terminate(); // whatever else was lost, all is looked at again after the next connect
    });
    current.on('error', (error) => {
      why = error.message;
    });
    current.on('close', () => {
      beat();
      if (closed) return;
      log.warn({ application, why, wait }, 'does not hear Asterisk; connects again');
      again = clock.after(wait, connect);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    });
  }

  connect();

  const isOpen = () => socket.readyState === WebSocket.OPEN;
  return {
    isOpen,
    async whenOpen(milliseconds) {
      if (isOpen()) return true;
      return new Promise((resolve) => {
        const settle = (open: boolean) => {
          cancel();
          waiting.delete(settle);
          resolve(open);
        };
        const cancel = clock.after(milliseconds, () => settle(false));
        waiting.add(settle);
      });
    },
    close() {
      closed = true;
      again();
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

/** @returns what ends it */
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
