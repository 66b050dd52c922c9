import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../../../platform/database/database.ts';
import { countOpenCircuits } from './circuit-store.ts';

/** Receivers that do not answer, on all nodes, counted at each scrape; no figure while the database cannot be reached. */
export function gaugeCircuits(register: Registry, database: Database): void {
  new Gauge({
    name: 'clicktocall_delivery_circuits_open',
    help: 'Receivers of webhooks and sinks that do not answer, by client and host; every node reports the same number.',
    registers: [register],
    async collect() {
      const count = await countOpenCircuits(database).catch(() => undefined);
      if (count === undefined) this.remove();
      else this.set(count);
    },
  });
}
