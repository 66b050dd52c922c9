import { Core } from 'sip.js';
import type { SipCounters } from './sip-counters.ts';

/** What is sent again and again over UDP. */
export interface Repeated {
  readonly method: string;
  /** An INVITE waits longer and longer; all others at most T2. */
  readonly unlimited?: boolean;
  /** Is told how often it has been called before. */
  send(count: number): void;
  /** Is called once, at the end of all. */
  done?(): void;
}

interface Pending extends Repeated {
  timer: NodeJS.Timeout | undefined;
  wait: number;
  readonly until: number;
}

/** Timers A, E and G of RFC 3261 section 17, which sip.js lacks: over UDP what is not answered is sent again. */
export class Retransmissions {
  readonly #pending = new Map<string, Pending>();
  readonly #counters: Pick<SipCounters, 'retransmission'>;

  constructor(counters: Pick<SipCounters, 'retransmission'>) {
    this.#counters = counters;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Sends now and again, doubling the wait from T1, until `answered`, `stop` or 64*T1. What repeats already goes on. */
  start(key: string, repeated: Repeated): void {
    if (!this.#pending.has(key)) {
      const { T1 } = Core.Timers;
      const pending = { ...repeated, timer: undefined, wait: T1, until: Date.now() + 64 * T1 };
      this.#pending.set(key, pending);
      this.#arm(key, pending, 1);
    }
    repeated.send(0);
  }

  #arm(key: string, pending: Pending, count: number): void {
    pending.timer = setTimeout(() => {
      if (Date.now() >= pending.until) return this.stop(key);
      this.#counters.retransmission(pending.method);
      pending.wait = pending.unlimited ? pending.wait * 2 : Math.min(pending.wait * 2, Core.Timers.T2);
      this.#arm(key, pending, count + 1);
      pending.send(count);
    }, pending.wait);
  }

  /** A response came: it ends the repetition of an INVITE; that of others goes on until it is final, by T2. */
  answered(key: string, status: number): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    if (status >= 200 || pending.unlimited) this.stop(key);
    else pending.wait = Core.Timers.T2;
  }

  stop(key: string): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.#pending.delete(key);
    pending.done?.();
  }

  close(): void {
    for (const key of [...this.#pending.keys()]) this.stop(key);
  }
}
