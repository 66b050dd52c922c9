import { Histogram, type Registry } from 'prom-client';

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

/** How long requests take; of a live stream, how long it was read. */
export function measureRequests(register: Registry): (request: AnsweredRequest) => void {
  const durations = new Histogram({
    name: 'clicktocall_http_request_duration_seconds',
    help: 'Duration of requests, by the registered route; "none" for unknown addresses.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [register],
  });
  return ({ method, route = 'none', status, seconds }) => {
    durations.observe({ method, route, status }, seconds);
  };
}
