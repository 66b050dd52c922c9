import { randomBytes } from 'node:crypto';
import { Core, Grammar, type URI } from 'sip.js';
import type { SipCounters } from '../transport/sip-counters.ts';
import type { SipTransport } from '../transport/sip-transport.ts';
import { parseQuickly } from './quick-grammar.ts';
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
  /** Nothing more comes of it. */
  finish(): void;
}

export const METHODS = 'ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, PRACK, UPDATE';

/** By the requests whose transaction is to have a branch that was told before. */
const branches = new WeakMap<Core.OutgoingRequestMessage, string>();

Object.assign(Grammar, { parse: parseQuickly });

// sip.js draws branches from ten million: at a hundred calls a second two transactions of half a minute soon share one.
Object.assign(Core.ClientTransaction, {
  makeId(request: Core.OutgoingRequestMessage): string {
    if (request.method === 'CANCEL') return request.branch ?? newBranch();
    const branch = branches.get(request) ?? newBranch();
    branches.delete(request);
    return branch;
  },
});

function newBranch(): string {
  return `z9hG4bK${token()}`;
}

/** Makes the branch of a request known before it leaves. It holds for the first transaction. */
export function reserveBranch(request: Core.OutgoingRequestMessage): string {
  const branch = newBranch();
  branches.set(request, branch);
  return branch;
}

/** Unique in the world, and not to be guessed. */
export function token(): string {
  return randomBytes(12).toString('hex');
}

/** Sets the timers of all user agents of the process. T2, T4 and the rest keep their proportion to T1 (milliseconds). */
export function setTimers(t1: number): void {
  // sip.js leaves D, I, J and K at 0, which is for reliable transports alone: over UDP what was answered is asked again
  const [t2, t4, long] = [8 * t1, 10 * t1, 64 * t1];
  const named = { T1: t1, T2: t2, T4: t4, TIMER_I: t4, TIMER_K: t4 };
  const others = { TIMER_B: long, TIMER_D: long, TIMER_F: long, TIMER_H: long, TIMER_J: long };
  Object.assign(Core.Timers, named, others, { TIMER_L: long, TIMER_M: long, TIMER_N: long });
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

/** Undefined where there is none, and for bodies of another kind. */
export function sdpOf(message: Core.IncomingMessage): string | undefined {
  const type = message.getHeader('content-type') ?? '';
  return message.body && /^application\/sdp\b/i.test(type) ? message.body : undefined;
}

/** The header field Reason (RFC 3326). */
export function reasonText({ cause, text }: { readonly cause: number; readonly text: string }): string {
  return `SIP;cause=${cause};text="${text.replace(/[\r\n"\\]/g, ' ')}"`;
}
