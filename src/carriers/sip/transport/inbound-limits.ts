import type { Socket } from 'node:net';
import { Core } from 'sip.js';

/** Of all peers together. */
export const MOST_CONNECTIONS = 2_000;
/** A PBX calls from one address, and may take a connection for each call. */
export const MOST_OF_AN_ADDRESS = 500;

/** How many connections each address has opened to this node. */
export class InboundLimits {
  readonly #counts = new Map<string, number>();

  /** @returns false where the address has as many as it may have */
  admit(socket: Socket, address: string): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (count >= MOST_OF_AN_ADDRESS) return false;
    this.#counts.set(address, count + 1);
    socket.on('close', () => {
      const left = (this.#counts.get(address) ?? 1) - 1;
      if (left > 0) this.#counts.set(address, left);
      else this.#counts.delete(address);
    });
    return true;
  }
}

/** Milliseconds within which whoever connects must have said something: 32 s, as with all that is waited for. */
export function patience(): number {
  return 64 * Core.Timers.T1;
}

/** How much longer somebody may be silent who has said something: 5 minutes. */
const KNOWN_PEER = 10;

export interface SignsOfLife {
  message(): void;
  /** Counts for nothing before the first message. */
  ping(): void;
}

/**
 * Closes a connection that a peer has opened and on which no complete message comes: each costs this node a descriptor.
 * @returns what is to be told of what comes
 */
export function closeWhenSilent(socket: Socket): SignsOfLife {
  let timer = setTimeout(() => socket.destroy(), patience());
  let known = false;
  socket.on('close', () => clearTimeout(timer));
  return {
    message: () => {
      if (!known) {
        clearTimeout(timer);
        timer = setTimeout(() => socket.destroy(), KNOWN_PEER * patience());
      } else timer.refresh();
      known = true;
    },
    ping: () => {
      if (known) timer.refresh();
    },
  };
}
