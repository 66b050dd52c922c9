import { type Core, Grammar, type URI } from 'sip.js';
import type { SipCounters } from '../transport/sip-counters.ts';
import type { SipTransport } from '../transport/sip-transport.ts';
import { SipFailure } from './sip-failure.ts';

/** What the legs of one node have in common. */
export interface Agent {
  readonly core: Core.UserAgentCore;
  readonly transport: SipTransport;
  readonly counters: SipCounters;
  /** Lines that go with all that may make or refresh a dialog. */
  readonly headers: readonly string[];
  /** Seconds. */
  readonly sessionExpires: number;
  /** Confirmed, by the id that sip.js gives them. */
  readonly dialogs: Map<string, ConfirmedDialog>;
  /** Requests whose end is wanted: a challenge to them is not met any more. */
  readonly abandoned: WeakSet<Core.OutgoingRequestMessage>;
}

/** What becomes of a confirmed leg from outside. */
export interface ConfirmedDialog {
  /** UPDATE (RFC 3311), which sip.js does not know. */
  update(message: Core.IncomingRequestMessage): void;
  /** The phone does not want its re-INVITE of that branch any more. */
  cancel(branch: string): void;
  /** Nothing more comes of it. */
  finish(): void;
}

export const METHODS = 'ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, PRACK, UPDATE';

/** An INVITE that has no end of its own would stay for ever: sip.js waits for its final response, whatever happens. */
export function forget(agent: Agent, request: Core.OutgoingInviteRequest): void {
  request.dispose();
  agent.core.userAgentClients.delete(`${request.message.branch}INVITE`);
}

/** @throws SipFailure 484 where it is no SIP URI */
export function readUri(text: string): URI {
  const uri = /[\r\n<>]/.test(text) ? undefined : Grammar.URIParse(text);
  if (uri === undefined) throw new SipFailure(484, `not a SIP address: ${JSON.stringify(text)}`, true);
  return uri;
}

export function sdpBody(content: string): Core.Body {
  return { contentDisposition: 'session', contentType: 'application/sdp', content };
}

/** Undefined where there is none that can be handed on, and for bodies of another kind. */
export function sdpOf(message: Core.IncomingMessage): string | undefined {
  const type = message.getHeader('content-type') ?? '';
  return message.body && /^application\/sdp\b/i.test(type) && !isBroken(message) ? message.body : undefined;
}

/** Whether the body holds what no description may (RFC 8866 section 5), and no database keeps. */
export function isBroken({ body }: Core.IncomingMessage): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
  return /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(body ?? '');
}

/** The header field Reason (RFC 3326). */
export function reasonText({ cause, text }: { readonly cause: number; readonly text: string }): string {
  return `SIP;cause=${cause};text="${text.replace(/[\r\n"\\]/g, ' ')}"`;
}
