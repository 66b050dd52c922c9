import type { Call, CallChange } from '../core/calls/call.ts';
import type { CarrierChoice } from '../core/calls/call-options.ts';
import type { ChangeSignal } from '../core/calls/change-signal.ts';
import type { OpenedCall } from '../core/calls/new-call.ts';
import type { Recording } from '../core/calls/recording.ts';
import { startPeriodicJob } from '../platform/jobs/periodic-job.ts';
import * as store from './carried-call-store.ts';
import type { CarriedCall, Carrier, Report } from './carrier.ts';
import { type CarrierConfig, createCarriers } from './create-carriers.ts';
import { exclusiveAddress } from './exclusive-address.ts';
import { createProgressReports } from './progress-reports.ts';
import { SESSION, session } from './session.ts';
import { isFictional } from './simulated-phones.ts';
import { SIMULATOR } from './simulator.ts';
import type { SipCarrierDeps } from './sip/sip-carrier.ts';

/** How often this node marks itself as alive, and compares the calls of its carriers with the tables. */
const CHECK_EVERY_MS = 2_000;
/** How many checks remember that a call has ended: longer than a statement takes that opens a call. */
const CHECKS_OF_ENDED = 3;
/** Seconds. A node that was not seen for this long is dead, and another node adopts its calls. */
const DEAD_AFTER = 10;

export interface SwitchboardDeps extends Omit<SipCarrierDeps, 'report'> {
  /** The configured carrier makes all calls, except those to fictional numbers if these are simulated. */
  readonly config: CarrierConfig;
  readonly signal: ChangeSignal;
}

/**
 * Connects carriers to calls: it starts the calls that this node opens, ends calls as their changes are announced, and writes the
 * reports of the carriers. Each call is held by one node. Another node takes over the calls of a dead node.
 */
export interface Switchboard {
  /** Simulates fictional numbers from now on, with any carrier. */
  simulateFiction(): void;
  chooseCarrier(callee: string): CarrierChoice;
  /** For how many milliseconds a carrier has been behind with its work. */
  backlogMs(): number;
  /** @returns undefined if nothing was recorded. @throws RecordingUnavailable */
  findRecording(call: Call): Promise<Recording | undefined>;
  /** Leaves connected calls as they are, for other nodes or the next start. */
  stop(): Promise<void>;
}

export async function createSwitchboard(deps: SwitchboardDeps): Promise<Switchboard> {
  const { config, signal, database, nodeId, clock, log, sipMeter, policy } = deps;
  // other nodes take over the calls of a node that is not marked
  await store.markNodeAlive(database, nodeId, DEAD_AFTER, []);
  const reports = createProgressReports(database, nodeId, signal.announce, log);
  const { report } = reports;
  const carriers = await createCarriers(config, { database, nodeId, clock, report, log, sipMeter, policy });
  const boundAddress = carriers.map((each) => each.boundAddress).find((address) => address !== undefined);
  if (boundAddress !== undefined) await replaceEarlierNode(boundAddress, deps);
  const held = createHeldCalls(carriers, report, deps);
  const checkJob = startPeriodicJob({
    everyMs: CHECK_EVERY_MS,
    run: held.check,
    onError: (err) => log.warn({ err }, 'carrier: failed to check the calls of this node; will retry'),
  });
  const unsubscribe = signal.subscribe(held.receive);
  let simulatesFiction = config.carrier === SIMULATOR;

  return {
    simulateFiction() {
      simulatesFiction = true;
    },

    chooseCarrier(callee) {
      const simulated = simulatesFiction && isFictional(callee);
      const { name, records, costs } = carrierNamed(carriers, simulated ? SIMULATOR : config.carrier);
      return name === SESSION
        ? { name, records, costs, firstState: 'connected', nodeId: undefined, start() {} }
        : { name, records, costs, firstState: 'initiating', nodeId, start: held.start };
    },

    backlogMs: () => Math.max(...carriers.map((each) => each.backlogMs?.() ?? 0)),

    findRecording: (call) => carrierNamed(carriers, call.carrier).findRecording(call),

    async stop() {
      held.close();
      const checked = checkJob.stop();
      unsubscribe();
      await Promise.all(carriers.map((each) => each.close()));
      await checked;
      await reports.stop();
      await store
        .deleteNode(database, nodeId)
        .catch((err) => log.warn({ err }, 'carrier: cannot remove this node; it counts as dead soon'));
    },
  };
}

/** A process that had the same address is gone. This node takes its calls at once. */
async function replaceEarlierNode(
  boundAddress: string,
  { database, nodeId, log }: Pick<SwitchboardDeps, 'database' | 'nodeId' | 'log'>,
): Promise<void> {
  const key = exclusiveAddress(boundAddress);
  if (key === undefined) return;
  const replaced = await store.replaceNodes(database, nodeId, key);
  if (replaced > 0)
    log.info({ address: boundAddress }, 'carrier: replaces an earlier process at the same address');
}

/** The calls that the carriers of this node hold. */
interface HeldCalls {
  /** Starts a call that this node has opened, unless it has ended since. */
  start(opened: OpenedCall): void;
  /** Ends calls that have ended. */
  receive(changes: readonly CallChange[]): void;
  /** Compares the held calls with the tables, because announcements can be lost, and nodes can die. */
  check(): Promise<void>;
  /** Takes no more calls. */
  close(): void;
}

function createHeldCalls(
  carriers: readonly Carrier[],
  report: Report,
  { database, nodeId, log }: Pick<SwitchboardDeps, 'database' | 'nodeId' | 'log'>,
): HeldCalls {
  const names = carriers.map(({ name }) => name);
  /** The name of the carrier that holds a call, by the id of the call. */
  const held = new Map<string, string>();
  /** Calls that ended, by the number of checks since: neither a check nor a late answer to their opening starts them. */
  let ended: readonly [Set<string>, ...Set<string>[]] = [new Set()];
  let closed = false;

  function drop(callId: string, action: 'hangUp' | 'handOver'): void {
    const name = held.get(callId);
    held.delete(callId);
    if (name !== undefined) carrierNamed(carriers, name)[action](callId);
  }

  const mayStart = (callId: string) => !held.has(callId) && !ended.some((calls) => calls.has(callId));

  /** If this node was considered dead, other nodes have taken over its calls, ongoing or not. */
  async function dropMissing(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const lost = new Set(await store.listLostCalls(database, nodeId, ids));
    for (const id of ids) drop(id, lost.has(id) ? 'handOver' : 'hangUp');
  }

  function adopt(calls: readonly CarriedCall[]): void {
    // a call that has not started may be this node's own, whose opening was not answered
    const takenOver = calls.filter(({ state }) => state !== 'initiating').length;
    if (takenOver > 0) log.info({ calls: takenOver }, 'carrier: took over calls of another node');
    for (const carrier of carriers) {
      const ownCalls = calls.filter((call) => call.carrier === carrier.name);
      for (const { id } of ownCalls) held.set(id, carrier.name);
      if (ownCalls.length > 0) carrier.reconcile(ownCalls);
    }
  }

  return {
    start({ call, sipAddress }) {
      if (closed || !mayStart(call.id)) return;
      held.set(call.id, call.carrier);
      try {
        carrierNamed(carriers, call.carrier).originate({ ...call, sipAddress });
      } catch (err) {
        log.error({ err, callId: call.id }, 'carrier: cannot start a call; ending the call');
        report(call.id, { state: 'failed', reason: 'other' });
      }
    },

    receive(changes) {
      for (const { callId, state, nodeId: holder } of changes) {
        if (holder !== nodeId || (state !== 'disconnected' && state !== 'failed')) continue;
        ended[0].add(callId);
        drop(callId, 'hangUp');
      }
    },

    async check() {
      await store.markNodeAlive(database, nodeId, DEAD_AFTER, names);
      await store.adoptCalls(database, nodeId, DEAD_AFTER, names);
      const before = [...held.keys()];
      ended = [new Set(), ...ended.slice(0, CHECKS_OF_ENDED)];
      const calls = await store.listHeldCalls(database, nodeId);
      const ongoing = new Set(calls.map(({ id }) => id));
      await dropMissing(before.filter((id) => !ongoing.has(id)));
      if (closed) return;
      adopt(calls.filter(({ id }) => mayStart(id)));
      await Promise.all(carriers.map((each) => each.releaseOrphans()));
    },

    close() {
      closed = true;
    },
  };
}

function carrierNamed(carriers: readonly Carrier[], name: string): Carrier {
  return carriers.find((each) => each.name === name) ?? session;
}
