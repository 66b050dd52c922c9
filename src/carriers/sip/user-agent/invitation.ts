import { Core } from 'sip.js';
import { type Agent, forget, readUri, reasonText, sdpBody, sdpOf } from './agent.ts';
import { Description } from './description.ts';
import { Dialog } from './dialog.ts';
import { failureOf } from './failure-of.ts';
import type { Answer, LegEvents, Reason } from './leg.ts';
import { isReachable } from './remote-target.ts';
import type { SavedInvitation } from './saved-leg.ts';
import { SessionTimer } from './session-timer.ts';
import { SipFailure } from './sip-failure.ts';
import { reserveBranch, token } from './sip-js-repairs.ts';

/** An INVITE as it is wanted. */
export interface Invited {
  readonly to: string;
  readonly from: { readonly uri: string; readonly displayName?: string };
  readonly offer: string | undefined;
  readonly headers: readonly string[];
}

type Progress = Parameters<NonNullable<Core.OutgoingInviteRequestDelegate['onProgress']>>[0];
type Accepted = Parameters<NonNullable<Core.OutgoingInviteRequestDelegate['onAccept']>>[0];

/** A leg until its phone has answered. */
export class Invitation {
  readonly #agent: Agent;
  readonly #events: LegEvents;
  readonly #invited: Invited;
  readonly #description = new Description();
  readonly #offer: Core.Body | undefined;
  readonly #timer: SessionTimer;
  readonly #callId = token();
  readonly #tag = token();
  #message: Core.OutgoingRequestMessage;
  #branch: string;
  #request: Core.OutgoingInviteRequest | undefined;
  #phase: 'calling' | 'answered' | 'abandoned' | 'over' = 'calling';
  #earlySdp: string | undefined;
  #giveUp: () => void = () => {};
  readonly #ended = Promise.withResolvers<void>();
  /** Since the phone answered. */
  dialog: Dialog | undefined;

  /** @throws SipFailure 484 where an address is no SIP URI */
  constructor(agent: Agent, invited: Invited, events: LegEvents) {
    this.#agent = agent;
    this.#events = events;
    this.#invited = invited;
    this.#timer = new SessionTimer({ interval: agent.sessionExpires, refresher: 'node' }, () => {});
    this.#offer = invited.offer === undefined ? undefined : sdpBody(this.#description.revise(invited.offer));
    this.#message = this.#compose(1);
    this.#branch = reserveBranch(this.#message);
  }

  #compose(cseq: number): Core.OutgoingRequestMessage {
    const { to, from, headers } = this.#invited;
    if (headers.some((line) => /[\r\n]/.test(line)))
      throw new SipFailure(400, 'a header field of several lines', true);
    const { core } = this.#agent;
    const name = from.displayName?.replace(/\p{Cc}/gu, ' ').replace(/["\\]/g, '\\$&');
    const message = core.makeOutgoingRequestMessage(
      'INVITE',
      readUri(to),
      readUri(from.uri),
      readUri(to),
      {
        callId: this.#callId,
        fromTag: this.#tag,
        cseq,
        ...(name ? { fromDisplayName: name } : {}),
        // a reliable 183 would be the phone's offer where this side made none, and the PRACK would have to answer it
        optionTags: this.#offer === undefined ? ['timer'] : ['100rel', 'timer'],
      },
      [...this.#agent.headers, ...this.#timer.requested, ...headers],
      this.#offer,
    );
    const setVia = message.setViaHeader.bind(message);
    // every transaction that the request gets sets Via anew: the second one is that with credentials
    message.setViaHeader = (branch, protocol) => {
      setVia(branch, protocol);
      if (branch === this.#branch) return;
      this.#branch = branch;
      this.#events.changed(this.saved);
    };
    return message;
  }

  get saved(): SavedInvitation {
    const { core } = this.#agent;
    return {
      phase: 'calling',
      callId: this.#callId,
      localUri: this.#message.fromURI.toRaw(),
      localTag: this.#tag,
      remoteUri: this.#message.toURI.toRaw(),
      routeSet: core.configuration.routeSet,
      cseq: this.#message.cseq,
      branch: this.#branch,
      sentBy: core.configuration.viaHost,
    };
  }

  call(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => reject(new SipFailure(487, 'the leg has ended', true));
      this.#send(resolve, reject);
    });
  }

  #send(resolve: (answer: Answer) => void, reject: (failure: SipFailure) => void): void {
    if (this.#phase !== 'calling') {
      this.#giveUp();
      return;
    }
    const refused = ({ message }: Core.IncomingResponse) => {
      if (message.statusCode === 422 && this.#phase === 'calling' && this.#timer.grow(message)) {
        this.#message = this.#compose(this.#message.cseq + 1);
        this.#send(resolve, reject);
        return;
      }
      reject(failureOf(this.#agent, message, this.#branch));
      this.#end();
    };
    this.#request = this.#agent.core.invite(this.#message, {
      onProgress: (response) => this.#progress(response),
      onAccept: (response) => {
        // which is what sip.js makes of a 2xx
        const session = response.session as Core.SessionDialog;
        if (!isReachable(session, response.message)) {
          reject(new SipFailure(400, 'the phone does not say where it is', true));
          if (this.#phase === 'calling') this.#phase = 'abandoned';
          this.#dismiss(response);
        } else if (this.#phase === 'calling') resolve(this.#answered(response, session));
        else {
          this.#giveUp();
          this.#dismiss(response);
        }
      },
      onReject: refused,
      onRedirect: refused,
    });
  }

  #progress({ message, prack }: Progress): void {
    if (/\b100rel\b/i.test(message.getHeader('require') ?? '')) {
      prack({ extraHeaders: [`RAck: ${message.getHeader('rseq')} ${message.cseq} INVITE`] });
    }
    if (this.#phase !== 'calling') return;
    const sdp = sdpOf(message);
    this.#events.ringing(message.statusCode ?? 180);
    if (sdp === undefined || this.#offer === undefined) return;
    this.#earlySdp = sdp;
    this.#events.earlyMedia(sdp);
  }

  #answered(response: Accepted, session: Core.SessionDialog): Answer {
    this.#phase = 'answered';
    this.#timer.agree(response.message);
    const saved = { description: this.#description.saved, session: this.#timer.saved };
    this.#timer.stop();
    this.dialog = new Dialog(this.#agent, session, saved, this.#events);
    const answer = this.dialog.answer(sdpOf(response.message) ?? this.#earlySdp, (options) =>
      response.ack(options),
    );
    this.dialog.save();
    return answer;
  }

  /** Another phone of a forked INVITE answered too, or this one while it was told to stop (RFC 3261 section 13.2.2.4). */
  #dismiss(response: Accepted): void {
    const done = () => this.#end();
    try {
      response.ack();
      response.session.bye({ onAccept: done, onReject: done, onRedirect: done });
    } catch {
      done();
    }
  }

  /** CANCEL as soon as the phone has been heard of, not before (RFC 3261 section 9.1). */
  async hangUp(reason?: Reason): Promise<void> {
    const request = this.#request;
    if (request === undefined) this.#phase = 'over';
    else if (this.#phase === 'calling') {
      this.#abandon(request);
      request.cancel(reason && reasonText(reason));
    }
    if (this.#phase === 'abandoned') await this.#ended.promise;
  }

  #abandon(request: Core.OutgoingInviteRequest): void {
    this.#phase = 'abandoned';
    this.#agent.abandoned.add(this.#message);
    const givenUp = setTimeout(() => {
      forget(this.#agent, request);
      this.#giveUp();
      this.#end();
    }, 64 * Core.Timers.T1);
    this.#ended.promise.then(() => clearTimeout(givenUp));
  }

  #end(): void {
    if (this.#phase !== 'answered') this.#phase = 'over';
    this.#ended.resolve();
  }
}
