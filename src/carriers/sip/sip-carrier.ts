import { setTimeout as sleep } from 'node:timers/promises';
import type { CarriedCall, Carrier, CarrierParts } from '../carrier.ts';
import { CarrierNotStarted } from '../carrier-not-started.ts';
import { createLeftOvers } from './left-overs.ts';
import type { SipConfig } from './sip-config.ts';
import { UNMEASURED } from './sip-meter.ts';
import { startThirdPartyCall, type ThirdPartyCall } from './third-party-call.ts';
import { startUserAgent } from './user-agent/user-agent.ts';

export const SIP = 'sip';

/** How long phones may take, when the process stops, to hear that they need not ring any more. */
const GOODBYE_MS = 2_000;

/**
 * Rings phones by SIP, and has them send their media to each other.
 * @throws CarrierNotStarted when it cannot listen
 */
export async function createSipCarrier(config: SipConfig, parts: CarrierParts): Promise<Carrier> {
  const { log, sipMeter = UNMEASURED } = parts;
  const agent = await startUserAgent(config, log, sipMeter.counters).catch((error: Error) => {
    const { protocol, host, port } = config.listen;
    throw new CarrierNotStarted(`SIP_LISTEN: cannot listen at ${protocol}:${host}:${port}: ${error.message}`);
  });
  sipMeter.watch(agent.status);
  /** Until their phones know of their end. */
  const calls = new Map<string, ThirdPartyCall>();
  const leftOvers = createLeftOvers({ ...parts, agent });

  function start(call: CarriedCall, takenOver: boolean): void {
    if (calls.has(call.id)) {
      log.warn({ callId: call.id }, 'a call was to begin a second time');
      return;
    }
    const started = startThirdPartyCall(call, takenOver, { ...parts, agent, config });
    calls.set(call.id, started);
    started.over.then(() => calls.delete(call.id));
  }

  return {
    name: SIP,
    records: false,
    costs: true,
    originate: (call) => start(call, false),
    hangUp: (callId) => calls.get(callId)?.hangUp(),
    letGo: (callId) => calls.get(callId)?.letGo(),
    reconcile(taken) {
      for (const call of taken) start(call, true);
    },

    releaseLeftOvers: () => leftOvers.release(calls.keys()),

    findRecording: async () => undefined,

    async close() {
      const over = [...calls.values()].map((call) => {
        call.stop();
        return call.over;
      });
      await Promise.race([Promise.all(over), sleep(GOODBYE_MS, undefined, { ref: false })]);
      await agent.close();
    },
  };
}
