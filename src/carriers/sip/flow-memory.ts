import { hostOf } from '@clicktocall/sip/uri';
import type { CarriedCall, CarrierDeps, LegName } from '../carrier.ts';
import { calleeAddress, callerAddress } from './call-addresses.ts';
import { type Flow, findFlows, saveFlow } from './flow-store.ts';
import type { SipConfig } from './sip-config.ts';

/** The flow of one call, and what the call teaches about its phones. */
export interface FlowMemory {
  /** The configured flow, else the one that worked before with the caller's phone or the callee's host. */
  choose(): Promise<Flow>;
  /** The other flow, unless one is configured. */
  otherThan(flow: Flow): Flow | undefined;
  /** Remembers, for later calls, the flow to begin with. */
  remember(leg: LegName, flow: Flow): void;
}

export function createFlowMemory(
  call: CarriedCall,
  config: SipConfig,
  { database, log }: Pick<CarrierDeps, 'database' | 'log'>,
): FlowMemory {
  const targets = targetsOf(call, config);
  return {
    async choose() {
      if (config.flow !== 'automatic') return config.flow;
      try {
        const flows = await findFlows(database, targets);
        return flows.some(({ flow }) => flow === 'early-offer') ? 'early-offer' : 'delayed-offer';
      } catch (err) {
        log.warn({ err, callId: call.id }, 'sip: cannot read the flow of a phone; using the default');
        return 'delayed-offer';
      }
    },

    otherThan(flow) {
      if (config.flow !== 'automatic') return undefined;
      return flow === 'delayed-offer' ? 'early-offer' : 'delayed-offer';
    },

    remember(leg, flow) {
      const target = targets[leg];
      if (config.flow !== 'automatic' || target === undefined) return;
      log.info({ callId: call.id, leg, target, flow }, 'sip: another flow suits a phone; remembering it');
      saveFlow(database, { callId: call.id, leg, target, flow }).catch((err) =>
        log.warn(
          { err, callId: call.id },
          'sip: cannot remember the flow of a phone; the next call tries both',
        ),
      );
    },
  };
}

/** A user's phone is one device; the numbers of a host are reached through the same trunk or PBX. */
function targetsOf(call: CarriedCall, config: SipConfig): Partial<Record<LegName, string>> {
  const [caller, callee] = [callerAddress(call, config), calleeAddress(call, config)];
  return {
    ...(caller && { caller: caller.to }),
    ...(callee && { callee: `sip:${hostOf(callee.to)}` }),
  };
}
