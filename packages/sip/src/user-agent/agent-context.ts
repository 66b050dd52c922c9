import type { Core } from '../../vendor/sip.js/index.js';
import type { SipTransport } from '../transport/sip-transport.ts';
import type { SipCounters } from '../transport/wire.ts';

/** Where a user agent logs; a pino logger fits. */
export interface SipLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The shared state of all legs of a user agent. */
export interface AgentContext {
  readonly core: Core.UserAgentCore;
  readonly transport: SipTransport;
  readonly counters: SipCounters;
  readonly log: SipLog;
  /** Header lines of every message that creates or refreshes a dialog. */
  readonly headers: readonly string[];
  /** Seconds. */
  readonly sessionExpires: number;
  /** Confirmed dialogs, by the id of sip.js. */
  readonly dialogs: Map<string, ConfirmedDialog>;
  /** How many challenges of one request are answered (RFC 3261 section 22): 0 without credentials. */
  readonly maxChallenges: number;
  /** What to do with a 2xx to an INVITE of another process, which ends here; by Call-ID and tag. */
  readonly released: Map<string, (answer: Core.IncomingResponseMessage) => void>;
  /** Requests that must not be sent again with credentials if they are challenged. */
  readonly abandoned: WeakSet<Core.OutgoingRequestMessage>;
}

/** A confirmed dialog, for events that sip.js does not pass to it. */
export interface ConfirmedDialog {
  /** The phone cancelled its re-INVITE of this branch. */
  cancel(branch: string): void;
  /** Stops its timers and forgets it. */
  finish(): void;
}

/** Gives up an INVITE that has no final response: sip.js would wait for one forever. */
export function discardInvite(agent: AgentContext, request: Core.OutgoingInviteRequest): void {
  request.dispose();
  agent.core.userAgentClients.delete(`${request.message.branch}INVITE`);
}
