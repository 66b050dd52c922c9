import { Core } from 'sip.js';
import type { Target } from './locator.ts';

interface Waiting {
  readonly target: Target;
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Requests that a connection has taken, and that may be lost with it (RFC 3261 section 18.4). */
export class Unanswered {
  readonly #waiting = new Map<string, Waiting>();

  /** Resolves with the first response, or with 64*T1 when nobody waits for one any more. Rejects when the connection breaks. */
  wait(key: string, target: Target): Promise<void> {
    this.#forgetOld();
    return new Promise((resolve, reject) => {
      this.#waiting.set(key, { target, until: Date.now() + 64 * Core.Timers.T1, resolve, reject });
    });
  }

  #forgetOld(): void {
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
  lost({ address, port }: { readonly address: string; readonly port: number }): void {
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
