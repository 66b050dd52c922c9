import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../../platform/database/database.ts';
import { DeclaredError } from '../../platform/declared-error.ts';
import { countOngoingCalls, type OngoingCount } from './call-store.ts';
import type { ChangeSignal } from './change-signal.ts';

/** Counts each transition on the node that made it, so that the counts of the nodes add up. @returns stops counting */
export function countTransitions(
  register: Registry,
  signal: Pick<ChangeSignal, 'subscribe'>,
  nodeId: string,
): () => void {
  const transitions = new Counter({
    name: 'clicktocall_call_transitions_total',
    help: 'Call state transitions made by this node, or by the database for calls it holds.',
    labelNames: ['state', 'reason', 'carrier'],
    registers: [register],
  });
  return signal.subscribe((changes, source) => {
    for (const { state, reason, carrier, nodeId: holder } of changes) {
      if (source === 'elsewhere' || (source === 'database' && holder !== nodeId)) continue;
      transitions.inc({ state, reason: (source === 'database' ? 'other' : reason) ?? '', carrier });
    }
  });
}

/** Counts what becomes of requests to open a call. */
export interface OpeningMeter {
  opened(carrier: string): void;
  refused(error: unknown): void;
}

export function measureOpenings(register: Registry): OpeningMeter {
  const opened = new Counter({
    name: 'clicktocall_calls_opened_total',
    help: 'Calls that this node opened.',
    labelNames: ['carrier'],
    registers: [register],
  });
  const refused = new Counter({
    name: 'clicktocall_calls_refused_total',
    help: 'Requests for calls that this node refused, by error code.',
    labelNames: ['error'],
    registers: [register],
  });
  return {
    opened: (carrier) => opened.inc({ carrier }),
    refused: (error) =>
      refused.inc({ error: error instanceof DeclaredError ? error.code : 'internal_error' }),
  };
}

/** Ongoing calls on all nodes, counted at each scrape; no figure while the database cannot be reached. */
export function gaugeOngoing(register: Registry, database: Database): void {
  let counting: Promise<OngoingCount[] | undefined> | undefined;
  /** One statement for both metrics of one scrape. */
  const count = () => {
    counting ??= countOngoingCalls(database)
      .catch(() => undefined)
      .finally(() => {
        counting = undefined;
      });
    return counting;
  };
  new Gauge({
    name: 'clicktocall_database_reachable',
    help: 'Whether the database answers this node: 1 or 0.',
    registers: [register],
    async collect() {
      this.set((await count()) === undefined ? 0 : 1);
    },
  });
  new Gauge({
    name: 'clicktocall_calls_ongoing',
    help: 'Ongoing calls on all nodes; every node reports the same number.',
    labelNames: ['state', 'carrier'],
    registers: [register],
    async collect() {
      const counts = await count();
      this.reset();
      for (const { calls, ...labels } of counts ?? []) this.set(labels, calls);
    },
  });
}
