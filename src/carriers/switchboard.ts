import type { Call, CallChange } from '../core/calls/call.ts';
import type { CarrierChoice } from '../core/calls/call-options.ts';
import type { ChangeSignal } from '../core/calls/change-signal.ts';
import type { Recording } from '../core/calls/recording.ts';
import { startPeriodicJob } from '../platform/jobs/periodic-job.ts';
import * as store from './carried-call-store.ts';
import type { CarriedCall, Carrier } from './carrier.ts';
import { type AllCarrierDeps, type CarrierConfig, createCarriers } from './create-carriers.ts';
import { createProgressReports } from './progress-reports.ts';
import { SESSION, session } from './session.ts';
import { isFictional } from './simulated-phones.ts';
import { SIMULATOR } from './simulator.ts';

/** How often it marks this node as alive, and compares the calls that carriers hold with the tables. */
const CHECK_EVERY_MS = 2_000;
/** Seconds. A node that was not seen for this long is dead, and another node adopts its calls. */
const DEAD_AFTER = 10;

export interface SwitchboardDeps extends Omit<AllCarrierDeps, 'report'> {
  /** Its carrier makes all calls, except those to fictional numbers if these are simulated. */
  readonly config: CarrierConfig;
  readonly signal: ChangeSignal;
}

export type Switchboard = Awaited<ReturnType<typeof createSwitchboard>>;

/**
 * Connects carriers to calls. It starts and ends calls as their changes are announced, and writes what the carriers report.
 * Each call is held by one node; the calls of a dead node are taken over by another.
 */
export async function createSwitchboard({ config, signal, ...deps }: SwitchboardDeps) {
  const { database, nodeId, log } = deps;
  const { carrier } = config;
  await store.markNodeAlive(database, nodeId, DEAD_AFTER); // other nodes take over the calls of a node that is not marked
  const reports = createProgressReports(database, nodeId, signal.announce, log);
  const created = await createCarriers(config, { ...deps, report: reports.report });
  const carriers = new Map<string, Carrier>(created.map((each) => [each.name, each]));
  /** Calls that a carrier of this node holds, with its name. */
  const held = new Map<string, string>();
  /** Calls that are being loaded. They start unless they end before. */
  const originating = new Set<string>();
  /** Calls that ended since the last check began. The check must not start them again. */
  const ended = new Set<string>();
  let simulatesFiction = carrier === SIMULATOR;
  let closed = false;

  function carrierNamed(name: string): Carrier {
    return carriers.get(name) ?? session;
  }

  function drop(callId: string, action: 'hangUp' | 'handOver'): void {
    const name = held.get(callId);
    held.delete(callId);
    if (name !== undefined) carrierNamed(name)[action](callId);
  }

  async function originate(callId: string): Promise<void> {
    originating.add(callId);
    try {
      const call = await store.findHeldCall(database, nodeId, callId);
      if (!call || closed || held.has(callId) || !originating.has(callId)) return;
      held.set(callId, call.carrier);
      carrierNamed(call.carrier).originate(call);
    } finally {
      originating.delete(callId);
    }
  }

  function receive(changes: readonly CallChange[]): void {
    for (const { callId, state, nodeId: holder } of changes) {
      if (holder !== nodeId) continue;
      if (state === 'disconnected' || state === 'failed') {
        ended.add(callId);
        originating.delete(callId);
        drop(callId, 'hangUp');
      }
      if (state === 'initiating')
        originate(callId).catch((err) =>
          log.warn({ err, callId }, 'carrier: cannot load call to originate; will retry'),
        );
    }
  }

  /** Makes up for lost announcements and dead nodes. */
  async function check(): Promise<void> {
    await store.markNodeAlive(database, nodeId, DEAD_AFTER);
    await store.adoptCalls(database, nodeId, DEAD_AFTER);
    const before = [...held.keys()];
    ended.clear();
    const calls = await store.listHeldCalls(database, nodeId);
    const ongoing = new Set(calls.map(({ id }) => id));
    await dropMissing(before.filter((id) => !ongoing.has(id)));
    if (closed) return;
    adopt(calls.filter(({ id }) => !held.has(id) && !ended.has(id)));
    await Promise.all(created.map((each) => each.releaseOrphans()));
  }

  /** If this node was considered dead, other nodes have taken over its calls, ongoing or not. */
  async function dropMissing(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const lost = new Set(await store.listLostCalls(database, nodeId, ids));
    for (const id of ids) drop(id, lost.has(id) ? 'handOver' : 'hangUp');
  }

  function adopt(calls: readonly CarriedCall[]): void {
    // a call that has not started may be this node's own, whose announcement was lost
    const takenOver = calls.filter(({ state }) => state !== 'initiating').length;
    if (takenOver > 0) log.info({ calls: takenOver }, 'carrier: took over calls of another process');
    for (const each of created) {
      const ownCalls = calls.filter((call) => call.carrier === each.name);
      for (const { id } of ownCalls) held.set(id, each.name);
      if (ownCalls.length > 0) each.reconcile(ownCalls);
    }
  }

  const checkJob = startPeriodicJob({
    everyMs: CHECK_EVERY_MS,
    run: check,
    onError: (err) => log.warn({ err }, 'carrier: failed to check the calls of this node; will retry'),
  });
  const unsubscribe = signal.subscribe(receive);

  return {
    /** Simulates fictional numbers from now on, with any carrier. */
    simulateFiction(): void {
      simulatesFiction = true;
    },

    chooseCarrier(callee: string): CarrierChoice {
      const { name, records, costs } = carrierNamed(
        simulatesFiction && isFictional(callee) ? SIMULATOR : carrier,
      );
      return name === SESSION
        ? { name, records, costs, firstState: 'connected', nodeId: undefined }
        : { name, records, costs, firstState: 'initiating', nodeId };
    },

    findRecording: (call: Call): Promise<Recording | undefined> =>
      carrierNamed(call.carrier).findRecording(call),

    /** Leaves connected calls as they are, for other nodes or the next start. */
    async stop(): Promise<void> {
      closed = true;
      const checked = checkJob.stop();
      unsubscribe();
      await Promise.all(created.map((each) => each.close()));
      await checked;
      await reports.stop();
      await store.deleteNode(database, nodeId).catch(() => {}); // it counts as dead soon anyway
    },
  };
}
