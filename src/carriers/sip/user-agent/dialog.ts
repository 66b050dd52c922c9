import { setTimeout as sleep } from 'node:timers/promises';
import { Core } from 'sip.js';
import { type Agent, forget, reasonText, sdpBody, sdpOf } from './agent.ts';
import { Description } from './description.ts';
import { failureOf } from './failure-of.ts';
import type { Answer, LegEvents, Reason } from './leg.ts';
import { type AskedDialog, PhoneRequests } from './phone-requests.ts';
import type { SavedDialog, SavedLeg } from './saved-leg.ts';
import { SessionTimer } from './session-timer.ts';
import { SipFailure } from './sip-failure.ts';
import { told } from './told.ts';

const MOST_TRIES = 5;

/** A confirmed leg. */
export class Dialog implements AskedDialog {
  readonly agent: Agent;
  readonly session: Core.SessionDialog;
  readonly description: Description;
  readonly timer: SessionTimer;
  readonly events: LegEvents;
  readonly #requests: PhoneRequests;
  #toAcknowledge: (() => void) | undefined;
  #over = false;
  #told: Promise<boolean> | undefined;
  #lastSaved = '';

  constructor(
    agent: Agent,
    session: Core.SessionDialog,
    saved: Pick<SavedDialog, 'description' | 'session'>,
    events: LegEvents,
  ) {
    this.agent = agent;
    this.session = session;
    this.events = events;
    this.description = new Description(saved.description);
    this.timer = new SessionTimer(saved.session, () =>
      this.lose(new SipFailure(408, 'the phone did not refresh the session', true)),
    );
    this.timer.watch();
    this.#requests = new PhoneRequests(this);
    agent.dialogs.set(session.id, this);
    session.delegate = this.#requests.delegate;
  }

  get over(): boolean {
    return this.#over;
  }

  get saved(): SavedDialog {
    const { session } = this;
    return {
      phase: 'confirmed',
      callId: session.callId,
      localUri: session.localURI.toRaw(),
      localTag: session.localTag,
      remoteUri: session.remoteURI.toRaw(),
      remoteTag: session.remoteTag,
      remoteTarget: session.remoteTarget.toRaw(),
      routeSet: session.routeSet,
      cseq: session.localSequenceNumber ?? 0,
      description: this.description.saved,
      session: this.timer.saved,
    };
  }

  /** Tells of `saved`, if it is another than before. */
  save(): void {
    const saved: SavedLeg = this.saved;
    const text = JSON.stringify(saved);
    if (text === this.#lastSaved || this.#over) return;
    this.#lastSaved = text;
    this.events.changed(saved);
  }

  /** A 2xx to an INVITE: the phone goes on repeating it until it is acknowledged. */
  answer(sdp: string | undefined, acknowledge: (options: Core.RequestOptions) => unknown): Answer {
    let acknowledged = false;
    const ack = (answer?: string) => {
      if (acknowledged) return;
      acknowledged = true;
      this.#toAcknowledge = undefined;
      acknowledge(answer === undefined ? {} : { body: sdpBody(this.description.revise(answer)) });
      if (answer !== undefined) this.save();
    };
    this.#toAcknowledge = ack;
    return { sdp, ack };
  }

  async reInvite(offer: string | undefined): Promise<Answer> {
    const before = this.description.saved;
    const body = offer === undefined ? {} : { body: sdpBody(this.description.revise(offer)) };
    for (let tries = 1; ; tries++) {
      try {
        return await this.#offer(body);
      } catch (error) {
        const again = error instanceof SipFailure && error.code === 491 && tries < MOST_TRIES && !this.#over;
        if (!again) {
          if (offer !== undefined) this.description.refused(before);
          throw error;
        }
        // RFC 3261 section 14.1: who made the Call-ID waits 2.1 to 4 s, so that the other one, who waits less, is first
        await sleep((4.2 + Math.random() * 3.8) * Core.Timers.T1);
      }
    }
  }

  /** @param longer whether the session has been made longer for the phone, which is done once */
  #offer(body: Pick<Core.RequestOptions, 'body'>, longer = false): Promise<Answer> {
    const { session, agent } = this;
    if (this.#over) throw new SipFailure(481, 'the leg has ended', true);
    // sip.js throws where either side is in the middle of another re-INVITE
    if (session.reinviteUserAgentClient || session.reinviteUserAgentServer)
      throw new SipFailure(491, 'another offer is under way', true);
    return new Promise((resolve, reject) => {
      let accepted = false;
      const refused = ({ message }: Core.IncomingResponse) => {
        clearTimeout(endless);
        if (message.statusCode === 422 && !longer && this.timer.grow(message))
          this.#offer(body, true).then(resolve, reject);
        else reject(failureOf(agent, message, request.message.branch));
      };
      const request = session.invite(
        {
          onAccept: (response) => {
            // with another tag in To: nobody of this dialog
            if (accepted) return;
            accepted = true;
            clearTimeout(endless);
            this.#moveTarget(response.message);
            this.timer.agree(response.message);
            const answer = this.answer(sdpOf(response.message), (options) => response.ack(options));
            if (this.#over) {
              answer.ack();
              reject(new SipFailure(487, 'the leg has ended', true));
            } else {
              this.save();
              resolve(answer);
            }
          },
          onReject: refused,
          onRedirect: refused,
        },
        { extraHeaders: [...agent.headers, ...this.timer.requested], ...body },
      );
      const endless = setTimeout(() => {
        // a phone that has said that it tries, and nothing more
        request.cancel();
        session.reinviteUserAgentClient = undefined;
        forget(agent, request);
        reject(new SipFailure(408, 'no end of a re-INVITE', true));
      }, 64 * Core.Timers.T1).unref();
    });
  }

  /** RFC 3261 section 12.2.1.2, which sip.js leaves out: the 2xx says where the phone is from now on. */
  #moveTarget(message: Core.IncomingMessage): void {
    const contact: unknown = message.parseHeader('contact');
    // protected in sip.js, which has no other way to it
    if (contact instanceof Core.NameAddrHeader) this.session['dialogState'].remoteTarget = contact.uri;
  }

  refresh(): Promise<Answer> {
    return this.reInvite(this.description.saved.sdp);
  }

  /** @returns whether the phone knows: perhaps it said so itself */
  async hangUp(reason?: Reason): Promise<boolean> {
    if (!this.#over) {
      this.finish();
      this.#toAcknowledge?.();
      const extraHeaders = reason === undefined ? [] : [`Reason: ${reasonText(reason)}`];
      this.#told = told((hear) => this.session.bye(hear, { extraHeaders }));
    }
    return this.#told ?? true;
  }

  /** The phone is not there any more, as far as can be told; it is told nevertheless. */
  lose(failure: SipFailure): void {
    if (this.#over) return;
    this.hangUp().catch(() => {});
    this.events.ended(failure);
  }

  /** Nothing more comes of this leg. */
  finish(): void {
    this.#over = true;
    this.timer.stop();
    this.#requests.close();
    this.agent.dialogs.delete(this.session.id);
  }

  update(message: Core.IncomingRequestMessage): void {
    this.#requests.update(message);
  }

  cancel(branch: string): void {
    this.#requests.cancel(branch);
  }
}
