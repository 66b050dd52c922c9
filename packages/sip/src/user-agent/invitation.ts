import { Core } from '../../vendor/sip.js/index.js';
import { type AgentContext, discardInvite } from './agent-context.ts';
import { Description } from './description.ts';
import { Dialog } from './dialog.ts';
import { failureOf, isFromPeer, SipFailure } from './failure.ts';
import { composeInvite, type InviteOptions } from './invite-message.ts';
import type { Answer, LegEvents, Reason } from './leg.ts';
import { randomToken, reasonValue, sdpBody, sdpOf } from './message-parts.ts';
import { awaitConfirmation } from './release.ts';
import { isReachable } from './remote-target.ts';
import type { SavedInvitation } from './saved-leg.ts';
import { SessionTimer } from './session-timer.ts';

type Progress = Parameters<NonNullable<Core.OutgoingInviteRequestDelegate['onProgress']>>[0];
type Accepted = Parameters<NonNullable<Core.OutgoingInviteRequestDelegate['onAccept']>>[0];

/** A leg until its phone answers. */
export class Invitation {
  readonly #agent: AgentContext;
  readonly #events: LegEvents;
  readonly #options: InviteOptions;
  readonly #description = new Description();
  readonly #body: Core.Body | undefined;
  readonly #timer: SessionTimer;
  readonly #callId = randomToken();
  readonly #tag = randomToken();
  #message: Core.OutgoingRequestMessage;
  #tries: SavedInvitation['tries'] = [];
  #request: Core.OutgoingInviteRequest | undefined;
  #phase: 'calling' | 'answered' | 'abandoned' | 'over' = 'calling';
  /** Whether the session interval was extended after a 422; it is extended once. */
  #extended = false;
  /** A response arrived, so the INVITE may have reached a phone. */
  #responded = false;
  #earlySdp: string | undefined;
  #giveUp: () => void = () => {};
  /** Whether the phone confirmed the end. */
  readonly #ended = Promise.withResolvers<boolean>();
  /** Set once the phone has answered. */
  dialog: Dialog | undefined;

  /** @throws SipFailure 484 if an address is not a SIP URI */
  constructor(agent: AgentContext, options: InviteOptions, events: LegEvents) {
    this.#agent = agent;
    this.#events = events;
    this.#options = options;
    this.#timer = new SessionTimer({ interval: agent.sessionExpires, refresher: 'node' }, () => {});
    this.#body = options.offer === undefined ? undefined : sdpBody(this.#description.revise(options.offer));
    this.#message = this.#compose(1);
  }

  #compose(cseq: number): Core.OutgoingRequestMessage {
    const attempt = { callId: this.#callId, tag: this.#tag, cseq, timer: this.#timer, body: this.#body };
    const message = composeInvite(this.#agent, this.#options, attempt);
    message.nextBranch = this.#planBranches(message);
    return message;
  }

  /**
   * Chooses the branches of all requests before the next save: of the INVITE, and of its repetition with credentials. Another
   * process needs them for its CANCEL.
   * @returns a function that returns the branch of the next transaction
   */
  #planBranches(message: Core.OutgoingRequestMessage): () => string {
    const challengeable = this.#agent.core.configuration.authenticationFactory() !== undefined;
    const { makeBranch } = Core.ClientTransaction;
    this.#tries = Array.from({ length: challengeable ? 2 : 1 }, (_, index) => ({
      cseq: message.cseq + index,
      branch: makeBranch(),
    }));
    let used = 0;
    return () => {
      const planned = this.#tries[used++];
      if (planned !== undefined) return planned.branch;
      const branch = makeBranch();
      this.#tries = [...this.#tries, { cseq: message.cseq, branch }];
      this.#events.changed(this.saved);
      return branch;
    };
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
      const tooShort = message.statusCode === 422 && this.#phase === 'calling' && !this.#extended;
      if (tooShort && this.#timer.extend(message)) {
        this.#extended = true;
        this.#message = this.#compose(this.#message.cseq + 1);
        this.#events.changed(this.saved);
        this.#send(resolve, reject);
        return;
      }
      reject(failureOf(this.#agent, message, this.#message.branch));
      // an INVITE that reached no phone needs no confirmation
      this.#end(isFromPeer(message) || !this.#responded);
    };
    this.#request = this.#agent.core.invite(this.#message, {
      onTrying: () => {
        this.#responded = true;
      },
      onProgress: (response) => this.#progress(response),
      onAccept: (response) => {
        // the class of sip.js for a 2xx
        const session = response.session as Core.SessionDialog;
        if (!isReachable(session, response.message)) {
          reject(new SipFailure(400, 'the response has no usable Contact', true));
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
    this.#responded = true;
    if (/\b100rel\b/i.test(message.getHeader('require') ?? '')) {
      prack({ extraHeaders: [`RAck: ${message.getHeader('rseq')} ${message.cseq} INVITE`] });
    }
    if (this.#phase !== 'calling') return;
    const sdp = sdpOf(message);
    this.#events.ringing(message.statusCode ?? 180);
    if (sdp === undefined || this.#body === undefined) return;
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

  /** Ends the leg of a 2xx that comes too late: from a second phone of a forked INVITE, or after CANCEL (RFC 3261 section 13.2.2.4). */
  #dismiss(response: Accepted): void {
    this.#giveUp();
    const ackAndBye = (delegate: Core.OutgoingRequestDelegate) => {
      response.ack();
      response.session.bye(delegate);
    };
    awaitConfirmation(ackAndBye).then((confirmed) => this.#end(confirmed));
  }

  /** Sends CANCEL once a response has arrived, not before (RFC 3261 section 9.1). */
  async hangUp(reason?: Reason): Promise<boolean> {
    const request = this.#request;
    if (request === undefined) this.#end(true);
    else if (this.#phase === 'calling') {
      this.#abandon(request);
      request.cancel(reason && reasonValue(reason));
    }
    return this.#ended.promise;
  }

  /** Another process sends the CANCEL. Only this process receives a 2xx that crosses the CANCEL; it acknowledges and ends that leg. */
  handOver(): void {
    if (this.#phase !== 'calling') return;
    if (this.#request === undefined) this.#end(true);
    else this.#abandon(this.#request);
    this.#giveUp();
  }

  #abandon(request: Core.OutgoingInviteRequest): void {
    this.#phase = 'abandoned';
    this.#agent.abandoned.add(this.#message);
    const timeout = setTimeout(() => {
      discardInvite(this.#agent, request);
      this.#giveUp();
      this.#end(!this.#responded);
    }, 64 * Core.Timers.T1).unref();
    this.#ended.promise.then(() => clearTimeout(timeout));
  }

  #end(confirmed: boolean): void {
    if (this.#phase !== 'answered') this.#phase = 'over';
    this.#ended.resolve(confirmed);
  }
}
