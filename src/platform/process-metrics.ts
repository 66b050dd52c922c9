import { collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import type { Database } from './database/database.ts';

/** Of requests, in seconds; the longest that the server waits for its database is 5. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** The address as it is registered, with names in the place of values; undefined where there is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Memory, processor, open files, garbage collection, and how late the event loop is. */
export function watchProcess(register: Registry): void {
  collectDefaultMetrics({ register });
}

export function gaugeConnections(register: Registry, database: Database): void {
  new Gauge({
    name: 'clicktocall_database_connections',
    help: 'Connections of this node to its database: open, of these busy, and who waits for one.',
    labelNames: ['kind', 'state'],
    registers: [register],
    collect() {
      for (const { kind, ...states } of database.connections())
        for (const [state, count] of Object.entries(states)) this.set({ kind, state }, count);
    },
  });
}

/** How long requests take; of a live stream, how long it was read. */
export function timeRequests(register: Registry): (request: AnsweredRequest) => void {
  const durations = new Histogram({
    name: 'clicktocall_http_request_duration_seconds',
    help: 'How long requests took, by the route as it is registered; none for addresses that there are not.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [register],
  });
  return ({ method, route = 'none', status, seconds }) => {
    durations.observe({ method, route, status }, seconds);
  };
}
