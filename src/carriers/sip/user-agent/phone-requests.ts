import { Core } from 'sip.js';
import { type Agent, isBroken, METHODS, sdpBody, sdpOf } from './agent.ts';
import type { Description } from './description.ts';
import type { LegEvents } from './leg.ts';
import type { SessionTimer } from './session-timer.ts';
import { SipFailure } from './sip-failure.ts';

/** The dialog that a phone asks something of. */
export interface AskedDialog {
  readonly agent: Agent;
  readonly session: Core.SessionDialog;
  readonly description: Description;
  readonly timer: SessionTimer;
  readonly events: LegEvents;
  readonly over: boolean;
  save(): void;
  finish(): void;
  lose(failure: SipFailure): void;
}

const NOT_ACCEPTABLE_HERE = 488;

/** sip.js throws where the transaction is over: the phone could not be reached. */
function attempt(answer: () => unknown): boolean {
  try {
    answer();
    return true;
  } catch {
    return false;
  }
}

/** Answers what a phone asks within its dialog. */
export class PhoneRequests {
  readonly #dialog: AskedDialog;
  /** The phone's re-INVITE or UPDATE that is not answered yet. */
  #open: { readonly branch: string; readonly refuse: (code: number) => void } | undefined;
  #acknowledged: ((sdp: string | undefined) => void) | undefined;
  #noAck: NodeJS.Timeout | undefined;

  constructor(dialog: AskedDialog) {
    this.#dialog = dialog;
  }

  get delegate(): Core.SessionDelegate {
    return {
      onBye: (request) => {
        request.accept();
        if (this.#dialog.over) return;
        this.#dialog.finish();
        this.#dialog.events.ended('bye');
      },
      onInvite: (request) => {
        if (this.#isRefused(request)) return;
        request.trying();
        this.#offer(request, () => this.#acknowledgement());
      },
      onAck: ({ message }) => {
        this.#acknowledged?.(sdpOf(message));
      },
      onInfo: (request) => void request.accept(),
      onNotify: (request) => void request.accept(),
      onRefer: (request) => void request.reject({ statusCode: 603 }),
      onMessage: (request) => void request.reject({ statusCode: 405, extraHeaders: [`Allow: ${METHODS}`] }),
    };
  }

  update(message: Core.IncomingRequestMessage): void {
    const { session, agent } = this.#dialog;
    if (session.remoteSequenceNumber !== undefined && message.cseq <= session.remoteSequenceNumber) {
      agent.core.replyStateless(message, { statusCode: 500 });
      return;
    }
    const request = new Core.UserAgentServer(Core.NonInviteServerTransaction, agent.core, message);
    if (this.#isRefused(request)) return;
    if (
      sdpOf(message) !== undefined &&
      (this.#open || session.reinviteUserAgentClient || session.reinviteUserAgentServer)
    ) {
      request.reject({ statusCode: 491 });
    } else if (sdpOf(message) !== undefined) this.#offer(request, () => Promise.resolve(undefined));
    else this.#accept(request);
    this.#dialog.save();
  }

  /** RFC 3261 section 9.2: what is not answered yet is not to be answered any more. */
  cancel(branch: string): void {
    if (this.#open?.branch === branch) this.#open.refuse(487);
  }

  #isRefused(request: Core.UserAgentServer | Core.IncomingInviteRequest): boolean {
    const { timer } = this.#dialog;
    const { message } = request;
    if (timer.isTooShort(message)) request.reject({ statusCode: 422, extraHeaders: [...timer.refusal] });
    else if (isBroken(message)) request.reject({ statusCode: NOT_ACCEPTABLE_HERE });
    else return false;
    return true;
  }

  #accept(request: Core.UserAgentServer | Core.IncomingInviteRequest, sdp?: string): void {
    const { agent, timer, description } = this.#dialog;
    const extraHeaders = [...agent.headers, ...timer.accept(request.message)];
    request.accept({
      statusCode: 200,
      extraHeaders,
      ...(sdp === undefined ? {} : { body: sdpBody(description.revise(sdp)) }),
    });
  }

  #offer(
    request: Core.UserAgentServer | Core.IncomingInviteRequest,
    accepted: () => Promise<string | undefined>,
  ): void {
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

  /** RFC 3261 section 14.2: a phone that never acknowledges is gone. */
  #acknowledgement(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#acknowledged = (sdp) => {
        clearTimeout(this.#noAck);
        this.#acknowledged = undefined;
        resolve(sdp);
      };
      this.#noAck = setTimeout(() => {
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
