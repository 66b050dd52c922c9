import { Gauge, type Registry } from 'prom-client';
import type { Database } from './database.ts';

export function gaugeConnections(register: Registry, database: Database): void {
  new Gauge({
    name: 'clicktocall_database_connections',
    help: 'Database connections of this node: open, busy, and requests waiting for one.',
    labelNames: ['kind', 'state'],
    registers: [register],
    collect() {
      for (const { kind, ...states } of database.connections())
        for (const [state, count] of Object.entries(states)) this.set({ kind, state }, count);
    },
  });
}
