import { Core } from '../../vendor/sip.js/index.js';
import type { AgentContext } from './agent-context.ts';
import type { Description } from './description.ts';
import { SipFailure } from './failure.ts';
import type { LegEvents } from './leg.ts';
import { hasControlCharacters, METHODS, sdpBody, sdpOf } from './message-parts.ts';
import { readPeerReason } from './reason-header.ts';
import type { SessionTimer } from './session-timer.ts';

/** The dialog that a phone sends its requests in. */
export interface DialogContext {
  readonly agent: AgentContext;
  readonly session: Core.SessionDialog;
  readonly description: Description;
  readonly timer: SessionTimer;
  readonly events: LegEvents;
  readonly over: boolean;
  save(): Promise<boolean>;
  finish(): void;
  lose(failure: SipFailure): void;
}

type OfferRequest = Core.UserAgentServer | Core.IncomingInviteRequest;

const NOT_ACCEPTABLE_HERE = 488;

/** @returns false if sip.js throws because the transaction is over: the phone could not be reached */
function attempt(respond: () => unknown): boolean {
  try {
    respond();
    return true;
  } catch {
    return false;
  }
}

/** Answers the requests that a phone sends within its dialog. */
export class PhoneRequests {
  readonly #dialog: DialogContext;
  /** The phone's re-INVITE or UPDATE that has no final response yet. */
  #open: { readonly branch: string; readonly refuse: (code: number) => void } | undefined;
  #acknowledged: ((sdp: string | undefined) => void) | undefined;
  #ackTimeout: NodeJS.Timeout | undefined;

  constructor(dialog: DialogContext) {
    this.#dialog = dialog;
  }

  get delegate(): Core.SessionDelegate {
    return {
      onBye: (request) => {
        request.accept();
        if (this.#dialog.over) return;
        this.#dialog.finish();
        this.#dialog.events.ended('bye', readPeerReason(request.message));
      },
      onInvite: (request) => {
        if (this.#refuseInvalid(request)) return;
        request.trying();
        this.#offer(request, () => this.#awaitAck());
      },
      onAck: ({ message }) => {
        this.#acknowledged?.(sdpOf(message));
      },
      onInfo: (request) => this.#info(request),
      onUpdate: (request) => this.#update(request),
      onNotify: (request) => void request.accept(),
      onRefer: (request) => void request.reject({ statusCode: 603 }),
      onMessage: (request) => void request.reject({ statusCode: 405, extraHeaders: [`Allow: ${METHODS}`] }),
    };
  }

  #info(request: Core.IncomingInfoRequest): void {
    const { message } = request;
    const contentType = message.getHeader('content-type');
    // an INFO without a body asks whether the call is alive
    if (contentType === undefined || !message.body) request.accept();
    else if (hasControlCharacters(message)) request.reject({ statusCode: NOT_ACCEPTABLE_HERE });
    else
      this.#dialog.events.info({
        contentType,
        content: message.body,
        accept: () => void attempt(() => request.accept()),
        reject: (statusCode) => void attempt(() => request.reject({ statusCode })),
      });
  }

  #update(request: Core.UserAgentServer): void {
    const { session } = this.#dialog;
    if (this.#refuseInvalid(request)) return;
    const negotiating = this.#open || session.reinviteUserAgentClient || session.reinviteUserAgentServer;
    if (sdpOf(request.message) === undefined) this.#accept(request);
    else if (negotiating) request.reject({ statusCode: 491 });
    else this.#offer(request, () => Promise.resolve(undefined));
    this.#dialog.save();
  }

  /** RFC 3261 section 9.2: a request without a final response gets 487. */
  cancel(branch: string): void {
    if (this.#open?.branch === branch) this.#open.refuse(487);
  }

  #refuseInvalid(request: OfferRequest): boolean {
    const { timer } = this.#dialog;
    const { message } = request;
    if (timer.isTooShort(message))
      request.reject({ statusCode: 422, extraHeaders: [...timer.refusalHeaders] });
    else if (hasControlCharacters(message)) request.reject({ statusCode: NOT_ACCEPTABLE_HERE });
    else return false;
    return true;
  }

  #accept(request: OfferRequest, sdp?: string): void {
    const { agent, timer, description } = this.#dialog;
    const extraHeaders = [...agent.headers, ...timer.accept(request.message)];
    request.accept({
      statusCode: 200,
      extraHeaders,
      ...(sdp === undefined ? {} : { body: sdpBody(description.revise(sdp)) }),
    });
  }

  #offer(request: OfferRequest, accepted: () => Promise<string | undefined>): void {
    const open = {
      branch: request.message.viaBranch,
      refuse: (code: number) => {
        if (this.#open !== open) return;
        this.#open = undefined;
        const statusCode = code >= 400 && code < 700 ? code : NOT_ACCEPTABLE_HERE;
        attempt(() => request.reject({ statusCode }));
      },
    };
    this.#open = open;
    this.#dialog.events.reInvite({
      offer: sdpOf(request.message),
      accept: async (sdp) => {
        if (this.#open !== open) return undefined;
        this.#open = undefined;
        if (!attempt(() => this.#accept(request, sdp))) return undefined;
        this.#dialog.save();
        return accepted();
      },
      reject: open.refuse,
    });
  }

  /** A phone that never acknowledges is gone (RFC 3261 section 14.2). */
  #awaitAck(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#acknowledged = (sdp) => {
        clearTimeout(this.#ackTimeout);
        this.#acknowledged = undefined;
        resolve(sdp);
      };
      this.#ackTimeout = setTimeout(() => {
        this.#acknowledged?.(undefined);
        this.#dialog.lose(new SipFailure(408, 'the phone did not acknowledge', true));
      }, 64 * Core.Timers.T1).unref();
    });
  }

  /** The dialog is over. */
  close(): void {
    this.#open?.refuse(487);
    this.#acknowledged?.(undefined);
  }
}
