import type { SipCounters } from './transport/sip-counters.ts';
import type { UserAgentStatus } from './user-agent/leg.ts';

/** Is told how much the SIP carrier says, and may look how it stands. */
export interface SipObserver extends SipCounters {
  watch(status: () => UserAgentStatus): void;
}

/** Where nobody wants to know. */
export const unobserved: SipObserver = { message() {}, retransmission() {}, failure() {}, watch() {} };
