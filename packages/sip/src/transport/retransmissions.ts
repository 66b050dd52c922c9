import { Core } from '../../vendor/sip.js/index.js';
import type { SipCounters } from './wire.ts';

/** A message that is retransmitted over UDP until there is a response. */
export interface Retransmitted {
  readonly method: string;
  /** The wait of an INVITE doubles without bound; that of every other request is T2 at most. */
  readonly unbounded?: boolean;
  /** @param count how often it was sent before */
  send(count: number): void;
  /** Called once, after the last retransmission. */
  done?(): void;
}

interface Pending extends Retransmitted {
  timer: NodeJS.Timeout | undefined;
  wait: number;
  readonly until: number;
}

/** Timers A, E and G of RFC 3261 section 17, which sip.js lacks. */
export class Retransmissions {
  readonly #pending = new Map<string, Pending>();
  readonly #counters: Pick<SipCounters, 'retransmission'>;
  readonly #afterReading: (act: () => void) => void;

  /** @param afterReading calls back once everything that has arrived is read */
  constructor(counters: Pick<SipCounters, 'retransmission'>, afterReading: (act: () => void) => void) {
    this.#counters = counters;
    this.#afterReading = afterReading;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Sends at once, and again after T1, doubling the wait, until `answered`, `stop` or 64*T1. A key that is pending keeps its timer. */
  start(key: string, message: Retransmitted): void {
    if (!this.#pending.has(key)) {
      const { T1 } = Core.Timers;
      const pending = { ...message, timer: undefined, wait: T1, until: Date.now() + 64 * T1 };
      this.#pending.set(key, pending);
      this.#arm(key, pending, 1);
    }
    message.send(0);
  }

  #arm(key: string, pending: Pending, count: number): void {
    pending.timer = setTimeout(
      () => this.#afterReading(() => this.#repeat(key, pending, count)),
      pending.wait,
    );
  }

  #repeat(key: string, pending: Pending, count: number): void {
    if (this.#pending.get(key) !== pending) return;
    if (Date.now() >= pending.until) {
      this.stop(key);
      return;
    }
    this.#counters.retransmission(pending.method);
    pending.wait = pending.unbounded ? pending.wait * 2 : Math.min(pending.wait * 2, Core.Timers.T2);
    this.#arm(key, pending, count + 1);
    pending.send(count);
  }

  /** A response came. It stops an INVITE; every other request is sent each T2 until its final response. */
  answered(key: string, status: number): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    if (status >= 200 || pending.unbounded) this.stop(key);
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
