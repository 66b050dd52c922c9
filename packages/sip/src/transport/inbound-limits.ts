import type { Socket } from 'node:net';
import { Core } from '../../vendor/sip.js/index.js';

/** From all peers together. */
export const MAX_CONNECTIONS = 2_000;
/** A PBX calls from one address, and may open a connection for each call. */
export const MAX_CONNECTIONS_PER_ADDRESS = 500;

/** Counts the connections that each address has opened to this node. */
export class InboundLimits {
  readonly #counts = new Map<string, number>();

  /** @returns false if the address has reached its maximum */
  admit(socket: Socket, address: string): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (count >= MAX_CONNECTIONS_PER_ADDRESS) return false;
    this.#counts.set(address, count + 1);
    socket.on('close', () => {
      const remaining = (this.#counts.get(address) ?? 1) - 1;
      if (remaining > 0) this.#counts.set(address, remaining);
      else this.#counts.delete(address);
    });
    return true;
  }
}

/** Milliseconds that a new connection may take to send its first message: 32 s, like every timeout of SIP. */
export function firstMessageTimeout(): number {
  return 64 * Core.Timers.T1;
}

/** How many times longer a connection may be idle once it has sent a message: 5 minutes. */
const IDLE_FACTOR = 10;

export interface Activity {
  message(): void;
  /** Does not count before the first message. */
  ping(): void;
}

/**
 * Closes a connection that a peer opened if no complete message arrives on it: each connection costs a file descriptor.
 * @returns must be called for everything that arrives
 */
export function closeWhenIdle(socket: Socket): Activity {
  let timer = setTimeout(() => socket.destroy(), firstMessageTimeout());
  let sentMessage = false;
  socket.on('close', () => clearTimeout(timer));
  return {
    message: () => {
      if (!sentMessage) {
        clearTimeout(timer);
        timer = setTimeout(() => socket.destroy(), IDLE_FACTOR * firstMessageTimeout());
      } else timer.refresh();
      sentMessage = true;
    },
    ping: () => {
      if (sentMessage) timer.refresh();
    },
  };
}
