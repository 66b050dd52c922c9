import type { Core } from '../../vendor/sip.js/index.js';
import type { SipTransport } from '../transport/sip-transport.ts';
import type { SipCounters } from '../transport/wire.ts';

/** Where a user agent logs; a pino logger fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What all legs of a user agent share. */
export interface AgentContext {
  readonly core: Core.UserAgentCore;
  readonly transport: SipTransport;
  readonly counters: SipCounters;
  /** Header lines of every message that makes or refreshes a dialog. */
  readonly headers: readonly string[];
  /** Seconds. */
  readonly sessionExpires: number;
  /** Confirmed dialogs, by the id that sip.js gives them. */
  readonly dialogs: Map<string, ConfirmedDialog>;
  /** Requests that must not be sent again with credentials if they are challenged. */
  readonly abandoned: WeakSet<Core.OutgoingRequestMessage>;
}

/** What happens to a confirmed dialog from outside. */
export interface ConfirmedDialog {
  /** The phone sent UPDATE (RFC 3311), which sip.js does not know. */
  update(message: Core.IncomingRequestMessage): void;
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
