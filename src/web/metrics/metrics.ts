import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SipMeter } from '../../carriers/sip/sip-carrier.ts';
import { measureSip } from '../../carriers/sip/sip-metrics.ts';
import { type LogoutMeter, measureLogouts } from '../../core/back-channel-logout/logout-metrics.ts';
import {
  countTransitions,
  gaugeOngoing,
  measureOpenings,
  type OpeningMeter,
} from '../../core/calls/call-metrics.ts';
import type { ChangeSignal } from '../../core/calls/change-signal.ts';
import { gaugeCircuits } from '../../core/events/deliveries/delivery-metrics.ts';
import { type HashingMeter, measureHashing } from '../../core/people/password-metrics.ts';
import { gaugeConnections } from '../../platform/database/connection-metrics.ts';
import type { Database } from '../../platform/database/database.ts';
import { type CompletedRequest, measureRequests } from './request-metrics.ts';

export interface MetricsDeps {
  readonly database: Database;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly nodeId: string;
}

/** The metrics of this node, for Prometheus. */
export interface Metrics {
  /** The current values, in Prometheus's text format. */
  render(): Promise<string>;
  readonly contentType: string;
  /** Measures the SIP carrier. */
  readonly sip: SipMeter;
  readonly observeRequest: (request: CompletedRequest) => void;
  /** For the calls of applications. */
  readonly openings: OpeningMeter;
  readonly hashing: HashingMeter;
  readonly logouts: LogoutMeter;
  stop(): void;
}

/** Starts counting. Labels have few values: none comes from a request or a SIP message. */
export function createMetrics({ database, signal, nodeId }: MetricsDeps): Metrics {
  const registry = new Registry();
  // memory, CPU, open files, garbage collection, and event loop lag
  collectDefaultMetrics({ register: registry });
  gaugeConnections(registry, database);
  gaugeOngoing(registry, database);
  gaugeCircuits(registry, database);
  const stop = countTransitions(registry, signal, nodeId);
  return {
    render: () => registry.metrics(),
    contentType: registry.contentType,
    sip: measureSip(registry),
    observeRequest: measureRequests(registry),
    openings: measureOpenings(registry),
    hashing: measureHashing(registry),
    logouts: measureLogouts(registry),
    stop,
  };
}
