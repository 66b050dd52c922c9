import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenedCall } from '../environment/users.ts';
import { quantile } from '../measure.ts';

const TIMEOUT_MS = 60_000;
const CHECK_MS = 10;

/** Milliseconds since 1970, by the clock that PostgreSQL on this machine uses too. */
export const now = (): number => performance.timeOrigin + performance.now();

/** When the first event of each call arrived. */
export class Arrivals {
  readonly #at = new Map<string, number>();

  record(callId: string, at: number): void {
    if (!this.#at.has(callId)) this.#at.set(callId, at);
  }

  /** Waits until the events of all these calls have arrived. @throws Error after a minute */
  async waitFor(calls: readonly OpenedCall[]): Promise<ArrivedEvents> {
    const deadline = now() + TIMEOUT_MS;
    for (const { id } of calls) {
      while (!this.#at.has(id)) {
        if (now() > deadline) throw new Error(`the event of call ${id} did not arrive`);
        await sleep(CHECK_MS);
      }
    }
    const arrivedAt = ({ id }: OpenedCall) => this.#at.get(id) ?? Number.NaN;
    const delays = calls.map((call) => arrivedAt(call) - call.at).toSorted((a, b) => a - b);
    return {
      lastAt: calls.reduce((last, call) => Math.max(last, arrivedAt(call)), 0),
      p50: quantile(delays, 0.5),
      p99: quantile(delays, 0.99),
    };
  }

  clear(): void {
    this.#at.clear();
  }
}

/** From the change of a call to the arrival of its event, in milliseconds. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
}

export interface ArrivedEvents extends Delays {
  /** When the last one arrived, in milliseconds since 1970. */
  readonly lastAt: number;
}
