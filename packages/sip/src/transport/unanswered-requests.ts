import { Core } from '../../vendor/sip.js/index.js';
import type { Target } from './locator.ts';
import type { Source } from './wire.ts';

interface Waiting {
  readonly target: Target;
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Requests that were written to a connection, and that may be lost with it (RFC 3261 section 18.4). */
export class UnansweredRequests {
  readonly #waiting = new Map<string, Waiting>();

  /** Resolves with the first response, or after 64*T1, when the transaction has timed out. Rejects if the connection breaks. */
  wait(key: string, target: Target): Promise<void> {
    this.#resolveExpired();
    return new Promise((resolve, reject) => {
      this.#waiting.set(key, { target, until: Date.now() + 64 * Core.Timers.T1, resolve, reject });
    });
  }

  #resolveExpired(): void {
    for (const [key, { until, resolve }] of this.#waiting) {
      if (until > Date.now()) return;
      this.#waiting.delete(key);
      resolve();
    }
  }

  answered(key: string): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.resolve();
  }

  /** The connection to a target broke. */
  connectionLost({ address, port }: Source): void {
    for (const [key, waiting] of this.#waiting) {
      if (waiting.target.address !== address || waiting.target.port !== port) continue;
      this.#waiting.delete(key);
      waiting.reject(new Error(`the connection to ${address} broke`));
    }
  }

  close(): void {
    for (const key of [...this.#waiting.keys()]) this.answered(key);
  }
}
