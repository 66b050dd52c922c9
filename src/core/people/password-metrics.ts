import { Counter, Gauge, type Registry } from 'prom-client';

/** Measures the queue of password hashes. */
export interface HashingMeter {
  /** @param waiting reads the number of hashes that wait now */
  watch(waiting: () => number): void;
  refused(): void;
}

export function measureHashing(register: Registry): HashingMeter {
  let readWaiting = () => 0;
  new Gauge({
    name: 'clicktocall_password_hashes_waiting',
    help: 'Password hashes that wait for a processor on this node.',
    registers: [register],
    collect() {
      this.set(readWaiting());
    },
  });
  const refused = new Counter({
    name: 'clicktocall_password_hashes_refused_total',
    help: 'Password hashes that this node refused, because too many were waiting, or too many of the same asker.',
    registers: [register],
  });
  return {
    watch(waiting) {
      readWaiting = waiting;
    },
    refused: () => refused.inc(),
  };
}
