import type { SipCounters } from './transport/sip-counters.ts';
import type { UserAgentStatus } from './user-agent/leg.ts';

/** Who measures what the carrier does. */
export interface SipMeter {
  readonly counters: SipCounters;
  /** Gets what tells, whenever it is asked, how the user agent is. */
  watch(status: () => UserAgentStatus): void;
}

export const UNMEASURED: SipMeter = {
  counters: { message() {}, retransmission() {}, failure() {} },
  watch() {},
};
