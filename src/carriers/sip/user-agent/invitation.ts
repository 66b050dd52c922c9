import { Core } from 'sip.js';
import { type Agent, forget, reasonText, sdpBody, sdpOf } from './agent.ts';
import { Description } from './description.ts';
import { Dialog } from './dialog.ts';
import { failureOf, isFromPeer } from './failure-of.ts';
import { composeInvite, type Invited } from './invite-message.ts';
import type { Answer, LegEvents, Reason } from './leg.ts';
import { isReachable } from './remote-target.ts';
import type { SavedInvitation } from './saved-leg.ts';
import { SessionTimer } from './session-timer.ts';
import { SipFailure } from './sip-failure.ts';
import { reserveBranches, token } from './sip-js-repairs.ts';
import { told } from './told.ts';

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
  #tries: SavedInvitation['tries'] = [];
  #request: Core.OutgoingInviteRequest | undefined;
  #phase: 'calling' | 'answered' | 'abandoned' | 'over' = 'calling';
  /** The phone found the session too short once; a longer one yet is not offered. */
  #longer = false;
  /** Something came back: the INVITE has arrived somewhere. */
  #heard = false;
  #earlySdp: string | undefined;
  #giveUp: () => void = () => {};
  /** Whether the phone knows. */
  readonly #ended = Promise.withResolvers<boolean>();
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
  }

  /** All that leaves before anybody waits for it to be saved has branches that are known from the beginning. */
  #compose(cseq: number): Core.OutgoingRequestMessage {
    const leg = { callId: this.#callId, tag: this.#tag, cseq, timer: this.#timer, offer: this.#offer };
    const message = composeInvite(this.#agent, this.#invited, leg);
    const challengeable = this.#agent.core.configuration.authenticationFactory() !== undefined;
    this.#tries = reserveBranches(message, challengeable ? 2 : 1).map((branch, index) => ({
      cseq: cseq + index,
      branch,
    }));
    const setVia = message.setViaHeader.bind(message);
    // every transaction that the request gets sets Via anew
    message.setViaHeader = (branch, protocol) => {
      setVia(branch, protocol);
      if (this.#tries.some((each) => each.branch === branch)) return;
      this.#tries = [...this.#tries, { cseq: message.cseq, branch }];
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
      tries: this.#tries,
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
      const longer = message.statusCode === 422 && this.#phase === 'calling' && !this.#longer;
      if (longer && this.#timer.grow(message)) {
        this.#longer = true;
        this.#message = this.#compose(this.#message.cseq + 1);
        this.#events.changed(this.saved);
        this.#send(resolve, reject);
        return;
      }
      reject(failureOf(this.#agent, message, this.#message.branch));
      // of an INVITE that nobody has heard of nobody need be told
      this.#end(isFromPeer(message) || !this.#heard);
    };
    this.#request = this.#agent.core.invite(this.#message, {
      onTrying: () => {
        this.#heard = true;
      },
      onProgress: (response) => this.#progress(response),
      onAccept: (response) => {
        // which is what sip.js makes of a 2xx
        const session = response.session as Core.SessionDialog;
        if (!isReachable(session, response.message)) {
          reject(new SipFailure(400, 'the phone does not say where it is', true));
          if (this.#phase === 'calling') this.#phase = 'abandoned';
          this.#dismiss(response);
        } else if (this.#phase === 'calling') resolve(this.#answered(response, session));
        else this.#dismiss(response);
      },
      onReject: refused,
      onRedirect: refused,
    });
  }

  #progress({ message, prack }: Progress): void {
    this.#heard = true;
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
    this.#giveUp();
    const goodbye = (hear: Core.OutgoingRequestDelegate) => {
      response.ack();
      response.session.bye(hear);
    };
    told(goodbye).then((knows) => this.#end(knows));
  }

  /** CANCEL as soon as the phone has been heard of, not before (RFC 3261 section 9.1). */
  async hangUp(reason?: Reason): Promise<boolean> {
    const request = this.#request;
    if (request === undefined) this.#end(true);
    else if (this.#phase === 'calling') {
      this.#abandon(request);
      request.cancel(reason && reasonText(reason));
    }
    return this.#ended.promise;
  }

  /**
   * Another process ends the ringing. What it cannot hear comes here: an answer that crosses its CANCEL is acknowledged
   * and ended, which it does not know how to do.
   */
  letGo(): void {
    if (this.#phase !== 'calling') return;
    if (this.#request === undefined) this.#end(true);
    else this.#abandon(this.#request);
    this.#giveUp();
  }

  #abandon(request: Core.OutgoingInviteRequest): void {
    this.#phase = 'abandoned';
    this.#agent.abandoned.add(this.#message);
    const givenUp = setTimeout(() => {
      forget(this.#agent, request);
      this.#giveUp();
      this.#end(!this.#heard);
    }, 64 * Core.Timers.T1).unref();
    this.#ended.promise.then(() => clearTimeout(givenUp));
  }

  #end(knows: boolean): void {
    if (this.#phase !== 'answered') this.#phase = 'over';
    this.#ended.resolve(knows);
  }
}
