import { Histogram, type Registry } from 'prom-client';

/** Up to twice the 5 seconds that a request waits for the database. */
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A request that got its response. */
export interface CompletedRequest {
  readonly method: string;
  /** The registered route, such as `/calls/:id`; undefined for an unknown address. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Measures the duration of requests. A live stream lasts until its reader disconnects. */
export function measureRequests(register: Registry): (request: CompletedRequest) => void {
  const durations = new Histogram({
    name: 'clicktocall_http_request_duration_seconds',
    help: 'Duration of requests, by the registered route; "none" for unknown addresses.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [register],
  });
  return ({ method, route = 'none', status, seconds }) => {
    durations.observe({ method, route, status }, seconds);
  };
}
