import { setTimeout as sleep } from 'node:timers/promises';
import { Core } from '../../vendor/sip.js/index.js';
import { type AgentContext, discardInvite } from './agent-context.ts';
import { Description } from './description.ts';
import { failureOf, isFromPeer, SipFailure } from './failure.ts';
import type { Answer, Info, LegEvents, Reason } from './leg.ts';
import { reasonValue, sdpBody, sdpOf } from './message-parts.ts';
import { type DialogContext, PhoneRequests } from './phone-requests.ts';
import { awaitConfirmation, notSent } from './release.ts';
import type { SavedDialog, SavedLeg } from './saved-leg.ts';
import { SEQUENCE_RANGE, SPARE_NUMBERS } from './sequence.ts';
import { SessionTimer } from './session-timer.ts';

const REQUEST_PENDING = 491;
/** Of a proxy whose phone does not respond, and of a phone that does not know the call (RFC 3261 section 12.2.1.2). */
const GONE_CODES = [408, 481];
const MAX_TRIES = 5;

/** A confirmed leg. */
export class Dialog implements DialogContext {
  readonly agent: AgentContext;
  readonly session: Core.SessionDialog;
  readonly description: Description;
  readonly timer: SessionTimer;
  readonly events: LegEvents;
  readonly #requests: PhoneRequests;
  #acknowledgeAnswer: (() => void) | undefined;
  #over = false;
  #hungUp: Promise<boolean> | undefined;
  #lastSaved = '';
  /** The last sequence number that this process may use. */
  #reserved: number;
  readonly #id: string;

  constructor(
    agent: AgentContext,
    session: Core.SessionDialog,
    saved: Pick<SavedDialog, 'id' | 'cseq' | 'description' | 'session'>,
    events: LegEvents,
  ) {
    this.agent = agent;
    this.session = session;
    this.events = events;
    this.#id = saved.id;
    this.#reserved = saved.cseq;
    this.description = new Description(saved.description);
    this.timer = new SessionTimer(saved.session, () =>
      this.lose(new SipFailure(408, 'the phone did not refresh the session', true)),
    );
    this.timer.start();
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
      id: this.#id,
      callId: session.callId,
      localUri: session.localURI.toRaw(),
      localTag: session.localTag,
      remoteUri: session.remoteURI.toRaw(),
      remoteTag: session.remoteTag,
      remoteTarget: session.remoteTarget.toRaw(),
      routeSet: session.routeSet,
      cseq: this.#reserved,
      remoteCseq: session.remoteSequenceNumber,
      description: this.description.saved,
      session: this.timer.saved,
    };
  }

  /** Reports the state of the leg, if it changed. @returns whether it is stored */
  async save(): Promise<boolean> {
    const saved: SavedLeg = this.saved;
    const text = JSON.stringify(saved);
    if (text === this.#lastSaved || this.#over) return true;
    this.#lastSaved = text;
    return this.events.changed(saved);
  }

  /** Sends a request. Reserves more sequence numbers first if they run out, so that none is used twice, whatever crashes. */
  async #send<T>(send: () => T): Promise<T> {
    while (this.#reserved - (this.session.localSequenceNumber ?? 0) <= SPARE_NUMBERS) {
      this.#reserved += SEQUENCE_RANGE;
      if (!(await this.save())) throw new SipFailure(500, 'the leg cannot be stored');
    }
    return send();
  }

  /** A 2xx to an INVITE. The phone repeats it until it is acknowledged. */
  answer(sdp: string | undefined, acknowledge: (options: Core.RequestOptions) => unknown): Answer {
    let acknowledged = false;
    const ack = (answer?: string) => {
      if (acknowledged) return;
      acknowledged = true;
      this.#acknowledgeAnswer = undefined;
      acknowledge(answer === undefined ? {} : { body: sdpBody(this.description.revise(answer)) });
      if (answer !== undefined) this.save();
    };
    this.#acknowledgeAnswer = ack;
    return { sdp, ack };
  }

  async reInvite(offer: string | undefined): Promise<Answer> {
    const before = this.description.saved;
    const body = offer === undefined ? {} : { body: sdpBody(this.description.revise(offer)) };
    for (let tries = 1; ; tries++) {
      try {
        return await this.#send(() => this.#offer(body));
      } catch (error) {
        const pending = error instanceof SipFailure && error.code === REQUEST_PENDING;
        if (!pending || tries >= MAX_TRIES || this.#over) {
          if (offer !== undefined) this.description.revert(before);
          throw error instanceof SipFailure ? error.of(this.session) : error;
        }
        // RFC 3261 section 14.1: the side that created the Call-ID waits 2.1 to 4 s; the other side waits less and goes first
        await sleep((4.2 + Math.random() * 3.8) * Core.Timers.T1);
      }
    }
  }

  /** @param extended whether the session interval was already extended for the phone; it is extended once */
  #offer(body: Pick<Core.RequestOptions, 'body'>, extended = false): Promise<Answer> {
    const { session, agent } = this;
    if (this.#over) throw new SipFailure(481, 'the leg has ended', true);
    // sip.js throws while another re-INVITE is in progress, from either side
    if (session.reinviteUserAgentClient || session.reinviteUserAgentServer)
      throw new SipFailure(REQUEST_PENDING, 'another offer is in progress', true);
    return new Promise((resolve, reject) => {
      let accepted = false;
      const refused = ({ message }: Core.IncomingResponse) => {
        clearTimeout(timeout);
        if (message.statusCode === 422 && !extended && this.timer.extend(message))
          this.#send(() => this.#offer(body, true)).then(resolve, reject);
        else reject(failureOf(agent, message, request.message.branch));
      };
      const request = session.invite(
        {
          onAccept: (response) => {
            // a second 2xx with another tag in To is not from this dialog
            if (accepted) return;
            accepted = true;
            clearTimeout(timeout);
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
        { extraHeaders: [...agent.headers, ...this.timer.requestHeaders], ...body },
      );
      const timeout = setTimeout(() => {
        // the phone sent 100 and nothing else
        request.cancel();
        session.reinviteUserAgentClient = undefined;
        discardInvite(agent, request);
        reject(new SipFailure(408, 'the re-INVITE timed out', true));
      }, 64 * Core.Timers.T1).unref();
    });
  }

  refresh(): Promise<Answer> {
    return this.reInvite(this.description.saved.sdp);
  }

  /** @returns whether the phone confirmed the end, or ended the leg itself */
  async hangUp(reason?: Reason): Promise<boolean> {
    if (!this.#over) this.#hungUp = this.#end(reason).catch(notSent(this.agent));
    return this.#hungUp ?? true;
  }

  async #end(reason: Reason | undefined): Promise<boolean> {
    this.finish();
    this.#acknowledgeAnswer?.();
    const extraHeaders = reason === undefined ? [] : [`Reason: ${reasonValue(reason)}`];
    return awaitConfirmation(this.agent, (delegate) => this.session.bye(delegate, { extraHeaders }));
  }

  /** The phone seems to be gone. Sends a BYE anyway. */
  lose(failure: SipFailure): void {
    if (this.#over) return;
    this.hangUp();
    this.events.ended(failure);
  }

  finish(): void {
    this.#over = true;
    this.timer.stop();
    this.#requests.close();
    this.agent.dialogs.delete(this.session.id);
  }

  /** Sends OPTIONS within the dialog (RFC 3261 section 11.1). */
  async isAlive(): Promise<boolean> {
    if (this.#over) return false;
    const { core } = this.agent;
    const response = await this.#send(
      () =>
        new Promise<Core.IncomingResponseMessage>((resolve) => {
          const answered = ({ message }: Core.IncomingResponse) => resolve(message);
          const message = this.session.createOutgoingRequestMessage('OPTIONS');
          core.request(message, { onAccept: answered, onReject: answered, onRedirect: answered });
        }),
    );
    return isFromPeer(response) && !GONE_CODES.includes(response.statusCode ?? 0);
  }

  /** Passes information to the phone (RFC 6086, legacy usage). @throws SipFailure */
  async sendInfo({ contentType, content }: Info): Promise<void> {
    if (this.#over) throw new SipFailure(481, 'the leg has ended', true);
    const body = { contentDisposition: 'render', contentType, content };
    const failure = await this.#send(
      () =>
        new Promise<SipFailure | undefined>((resolve) => {
          const request = this.session.info(
            {
              onAccept: () => resolve(undefined),
              onReject: ({ message }) => resolve(failureOf(this.agent, message, request.message.branch)),
              onRedirect: ({ message }) => resolve(failureOf(this.agent, message, request.message.branch)),
            },
            { body },
          );
        }),
    );
    if (failure) throw failure;
  }

  cancel(branch: string): void {
    this.#requests.cancel(branch);
  }
}
