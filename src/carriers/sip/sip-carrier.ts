import { setTimeout as sleep } from 'node:timers/promises';
import { type SipCounters, startUserAgent, type UserAgentStatus } from '@clicktocall/sip';
import type { DiallingPolicy } from '../../core/phone-numbers/dialling-policy.ts';
import { type CarriedCall, type Carrier, type CarrierDeps, CarrierNotStarted } from '../carrier.ts';
import { isOngoing } from './leg-store.ts';
import { createLegWriter } from './leg-writer.ts';
import { createOrphanedLegs } from './orphaned-legs.ts';
import { loopbackPeer, type SipConfig } from './sip-config.ts';
import { startThirdPartyCall, type ThirdPartyCall } from './third-party-call.ts';

export const SIP = 'sip';

/** How long the phones may take to confirm that they stopped ringing when the process stops. */
const STOP_TIMEOUT_MS = 2_000;

/** Counts the messages of the user agent, and exposes its status. */
export interface SipMeter {
  readonly counters: SipCounters;
  /** @param status returns the current status whenever it is called */
  watch(status: () => UserAgentStatus): void;
}

export interface SipCarrierDeps extends CarrierDeps {
  /** Undefined if metrics are off. */
  readonly sipMeter?: SipMeter | undefined;
  /** Decides which numbers a phone may redirect a call to. */
  readonly policy: DiallingPolicy;
}

/**
 * Rings phones by SIP and connects them. The phones send their media directly to each other.
 * @throws CarrierNotStarted if it cannot listen
 */
export async function createSipCarrier(config: SipConfig, deps: SipCarrierDeps): Promise<Carrier> {
  const { database, nodeId, clock, report, log, sipMeter, policy } = deps;
  const agent = await startUserAgent(config, {
    log,
    counters: sipMeter?.counters,
    isOngoing: (callId, tag) => isOngoing(database, callId, tag),
  }).catch((error: Error) => {
    const { protocol, host, port } = config.listen;
    throw new CarrierNotStarted(`SIP_LISTEN: cannot listen at ${protocol}:${host}:${port}: ${error.message}`);
  });
  sipMeter?.watch(agent.status);
  const peer = loopbackPeer(config);
  if (peer !== undefined)
    log.warn(
      peer,
      'sip: peers cannot reach this node at a loopback address; set SIP_LISTEN or SIP_ADVERTISE',
    );
  /** Calls whose phones have not all confirmed the end. */
  const calls = new Map<string, ThirdPartyCall>();
  const writer = createLegWriter({ database, nodeId });
  const orphanedLegs = createOrphanedLegs({ agent, database, nodeId, writer, log });

  function start(call: CarriedCall, takenOver: boolean): void {
    if (calls.has(call.id)) {
      log.warn({ callId: call.id }, 'sip: call has already started; ignoring the second start');
      return;
    }
    const started = startThirdPartyCall(call, takenOver, {
      agent,
      config,
      database,
      nodeId,
      writer,
      clock,
      report,
      log,
      policy,
    });
    calls.set(call.id, started);
    started.over.then(() => calls.delete(call.id));
  }

  return {
    name: SIP,
    boundAddress: agent.boundAddress,
    backlogMs: agent.backlogMs,
    records: false,
    costs: true,
    originate: (call) => start(call, false),
    hangUp: (callId) => calls.get(callId)?.hangUp(),
    handOver: (callId) => calls.get(callId)?.handOver(),
    reconcile(taken) {
      for (const call of taken) start(call, true);
    },

    releaseOrphans: () => orphanedLegs.release(calls.keys()),

    findRecording: async () => undefined,

    async close() {
      const over = [...calls.values()].map((call) => {
        call.stop();
        return call.over;
      });
      await Promise.race([Promise.all(over), sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
      await agent.close();
    },
  };
}
