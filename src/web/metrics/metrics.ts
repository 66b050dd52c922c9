import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SipMeter } from '../../carriers/sip/sip-carrier.ts';
import { measureSip } from '../../carriers/sip/sip-metrics.ts';
import {
  countTransitions,
  gaugeOngoing,
  measureOpenings,
  type OpeningMeter,
} from '../../core/calls/call-metrics.ts';
import type { ChangeSignal } from '../../core/calls/change-signal.ts';
import { gaugeConnections } from '../../platform/database/connection-metrics.ts';
import type { Database } from '../../platform/database/database.ts';
import { type AnsweredRequest, measureRequests } from './request-metrics.ts';

export interface MetricsDeps {
  readonly database: Database;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly nodeId: string;
}

/** What this node tells of itself, for Prometheus. */
export interface Metrics {
  /** In its text format, of `contentType`. */
  text(): Promise<string>;
  readonly contentType: string;
  /** For the SIP carrier. */
  readonly sip: SipMeter;
  readonly timeRequest: (request: AnsweredRequest) => void;
  /** For the calls of applications. */
  readonly openings: OpeningMeter;
  stop(): void;
}

/** Begins to count. Every label has few values: none comes from whoever sends a request or a message. */
export function createMetrics({ database, signal, nodeId }: MetricsDeps): Metrics {
  const registry = new Registry();
  // memory, processor, open files, garbage collection, and how late the event loop is
  collectDefaultMetrics({ register: registry });
  gaugeConnections(registry, database);
  gaugeOngoing(registry, database);
  const stop = countTransitions(registry, signal, nodeId);
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    sip: measureSip(registry),
    timeRequest: measureRequests(registry),
    openings: measureOpenings(registry),
    stop,
  };
}
