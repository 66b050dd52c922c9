// The user agent: listens, calls phones, and answers their requests.

// Timers; `setT1` is for tests.
export { setT1 } from '../vendor/sip.js/core/timers.js';
export type { ListenAddress } from './transport/sip-transport.ts';
// Addresses. `@clicktocall/sip/uri` has functions that read SIP URIs, without loading the stack.
export { transactionTimeout } from './transport/sip-transport.ts';
// Metrics and logs.
export type { Direction, SipCounters, SipFault } from './transport/wire.ts';
export type { SipLog } from './user-agent/agent-context.ts';
export { SipFailure } from './user-agent/failure.ts';
export type { InviteOptions } from './user-agent/invite-message.ts';
// A leg: the signalling with one phone, from INVITE to BYE.
export type {
  Answer,
  EarlyMedia,
  Info,
  InfoRequest,
  Leg,
  LegEvents,
  Reason,
  ReInvite,
} from './user-agent/leg.ts';
export type { PeerReason } from './user-agent/reason-header.ts';
// The state with which another process can continue or end a leg.
export type { SavedDialog, SavedInvitation, SavedLeg } from './user-agent/saved-leg.ts';
export { SEQUENCE_RANGE } from './user-agent/sequence.ts';
export {
  type HostPort,
  startUserAgent,
  type UserAgent,
  type UserAgentConfig,
  type UserAgentDeps,
  type UserAgentStatus,
} from './user-agent/user-agent.ts';
