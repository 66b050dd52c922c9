import type { Core } from '../../vendor/sip.js/index.js';
import type { Target } from '../transport/locator.ts';
import { silenceTimeout } from '../transport/sip-transport.ts';
import type { AgentContext } from './agent-context.ts';
import { Description } from './description.ts';
import { Dialog } from './dialog.ts';
import { sendEarlyUpdate, takesUpdate } from './early-update.ts';
import { failureOf, isFromPeer, SipFailure } from './failure.ts';
import { type Accepted, acknowledgeProgress, InviteAttempt, type Progress } from './invite-attempt.ts';
import { composeInvite, type InviteOptions } from './invite-message.ts';
import type { Answer, LegEvents, Reason } from './leg.ts';
import { randomToken, sdpBody, sdpOf } from './message-parts.ts';
import { Redirections } from './redirections.ts';
import { isReachable } from './remote-target.ts';
import type { SavedDescription, SavedInvitation } from './saved-leg.ts';
import { SPARE_NUMBERS } from './sequence.ts';
import { SessionTimer } from './session-timer.ts';

const SERVICE_UNAVAILABLE = 503;

/**
 * A leg until its phone answers. If a server does not respond, or is unavailable, the next server of the name is tried
 * (RFC 3263 section 4.3).
 */
export class Invitation {
  readonly #agent: AgentContext;
  readonly #events: LegEvents;
  readonly #options: InviteOptions;
  readonly #description = new Description();
  readonly #body: Core.Body | undefined;
  readonly #timer: SessionTimer;
  readonly #callId = randomToken();
  readonly #tag = randomToken();
  readonly #answer = Promise.withResolvers<Answer>();
  #phase: 'calling' | 'answered' | 'over' = 'calling';
  /** The attempt that may be answered. Those before it were given up. */
  #attempt: InviteAttempt;
  readonly #attempts: InviteAttempt[] = [];
  /** Servers that were not tried yet. */
  #servers: readonly Target[] = [];
  #stopWaiting = () => {};
  #target: string;
  readonly #redirections: Redirections;
  /** Whether the session interval was extended after a 422; it is extended once. */
  #extended = false;
  #earlySdp: string | undefined;
  /** The description before the UPDATE that has no response yet. */
  #beforeUpdate: SavedDescription | undefined;
  /** Set once the phone has answered. */
  dialog: Dialog | undefined;

  /** @throws SipFailure 484 if an address is not a SIP URI */
  constructor(agent: AgentContext, options: InviteOptions, events: LegEvents) {
    this.#agent = agent;
    this.#events = events;
    this.#options = options;
    this.#target = options.to;
    this.#redirections = new Redirections(options.to);
    this.#timer = new SessionTimer(
      { interval: agent.sessionExpires, refresher: 'node', agreed: false },
      () => {},
    );
    this.#body = options.offer === undefined ? undefined : sdpBody(this.#description.revise(options.offer));
    this.#attempt = this.#prepare(1);
    this.#answer.promise.catch(() => {});
  }

  #compose(cseq: number): Core.OutgoingRequestMessage {
    return composeInvite(this.#agent, this.#options, {
      ...{ target: this.#target, callId: this.#callId, tag: this.#tag, cseq },
      ...{ timer: this.#timer, body: this.#body },
    });
  }

  #prepare(cseq: number): InviteAttempt {
    const attempt: InviteAttempt = new InviteAttempt(this.#agent, this.#compose(cseq), {
      progress: (response) => this.#progress(response),
      accepted: (response) => this.#accepted(attempt, response),
      refused: (message) => this.#refused(attempt, message),
    });
    return attempt;
  }

  get responded(): boolean {
    return this.#attempts.some(({ responded }) => responded);
  }

  get saved(): SavedInvitation {
    return this.#attempt.saved;
  }

  async call(): Promise<Answer> {
    try {
      this.#servers = await this.#agent.transport.locate(this.#attempt.message.toString(), {
        callId: this.#callId,
      });
    } catch (error) {
      this.#agent.counters.failure('unreachable');
      this.#phase = 'over';
      throw new SipFailure(SERVICE_UNAVAILABLE, error instanceof Error ? error.message : String(error), true);
    }
    if (this.#phase === 'calling') this.#tryFirst();
    else this.#giveUp();
    return this.#answer.promise;
  }

  /** The record names the server only if there are several: another process finds a single one again. */
  #tryFirst(): void {
    const several = this.#servers.length > 1;
    this.#attempt.assign(this.#nextServer());
    this.#attempts.push(this.#attempt);
    if (several) this.#storeAndSend(this.#attempt);
    else this.#attempt.send();
  }

  #tryNext(cseq = this.#attempt.message.cseq): void {
    this.#attempt = this.#prepare(cseq);
    this.#attempt.assign(this.#nextServer());
    this.#attempts.push(this.#attempt);
    this.#storeAndSend(this.#attempt);
  }

  #nextServer(): Target | undefined {
    const [server, ...others] = this.#servers;
    this.#servers = others;
    return server;
  }

  async #storeAndSend(attempt: InviteAttempt): Promise<void> {
    const stored = await this.#events.changed(attempt.saved);
    if (!stored && this.#phase === 'calling') {
      this.#phase = 'over';
      this.#answer.reject(new SipFailure(500, 'the leg cannot be stored', true));
      attempt.cancel();
    }
    if (this.#phase !== 'calling') return this.#giveUp();
    attempt.send();
    if (this.#servers.length > 0)
      this.#stopWaiting = this.#agent.transport.after(silenceTimeout(), () => this.#passOver(attempt));
  }

  /** The server does not respond. If it does so later, it gets CANCEL, or ACK and BYE. */
  #passOver(attempt: InviteAttempt): void {
    if (attempt !== this.#attempt || attempt.responded || this.#phase !== 'calling') return;
    if (attempt.server) this.#agent.transport.skip(attempt.server);
    attempt.cancel();
    this.#forget(attempt);
    this.#tryNext();
  }

  /** Removes the record of an attempt once no phone can be in the call because of it. */
  #forget(attempt: InviteAttempt): void {
    attempt.ended.then((confirmed) => confirmed && this.#events.forgotten(attempt.id));
  }

  #giveUp(): void {
    if (this.#phase === 'answered') return; // creating an error is expensive
    this.#answer.reject(new SipFailure(487, 'the leg has ended', true));
  }

  #refused(attempt: InviteAttempt, message: Core.IncomingResponseMessage): void {
    const current = attempt === this.#attempt && this.#phase === 'calling';
    if (current && message.statusCode === 422 && !this.#extended && this.#timer.extend(message)) {
      this.#extended = true;
      attempt.replace(this.#compose(attempt.message.cseq + 1));
      this.#storeAndSend(attempt);
      return;
    }
    attempt.close(message);
    if (current && message.statusCode === SERVICE_UNAVAILABLE && this.#servers.length > 0) {
      this.#skip(attempt, message);
      this.#forget(attempt);
      this.#tryNext();
    } else if (attempt === this.#attempt) {
      const failure = failureOf(this.#agent, message, attempt.message.branch);
      if (current) this.#redirect(attempt, message, failure);
      else this.#answer.reject(failure);
    }
  }

  /** Calls the next target that a 3xx has named and that is allowed (RFC 3261 section 8.1.3.4), or fails. */
  async #redirect(attempt: InviteAttempt, message: Core.IncomingResponseMessage, failure: SipFailure) {
    const { mayRedirect } = this.#options;
    this.#forget(attempt);
    if (failure.code < 400) this.#redirections.add(message);
    // a 6xx speaks for all phones of the callee
    for (
      let uri = this.#redirections.next();
      mayRedirect && failure.code < 600;
      uri = this.#redirections.next()
    ) {
      if (uri === undefined) break;
      this.#target = uri;
      if (!(await this.#canReach(uri, mayRedirect))) continue;
      if (this.#phase !== 'calling') break;
      this.#tryNext(attempt.message.cseq + 1);
      return;
    }
    if (this.#phase === 'calling') this.#phase = 'over';
    this.#answer.reject(failure);
  }

  /** Whether a target is allowed and has servers, which are then the next ones. */
  async #canReach(uri: string, mayRedirect: (uri: string) => Promise<boolean>): Promise<boolean> {
    try {
      if (!(await mayRedirect(uri))) return false;
      const message = this.#compose(this.#attempt.message.cseq);
      this.#servers = await this.#agent.transport.locate(message.toString(), { callId: this.#callId });
      return true;
    } catch {
      return false; // another target may work
    }
  }

  /** A peer that is overloaded may say for how long (RFC 3261 section 21.5.4). */
  #skip({ server }: InviteAttempt, message: Core.IncomingResponseMessage): void {
    this.#stopWaiting();
    if (server === undefined) return;
    const seconds = Number(/^\d{1,4}/.exec(message.getHeader('retry-after') ?? '')?.[0] ?? 0);
    if (!isFromPeer(message)) this.#agent.transport.skip(server);
    else if (seconds > 0) this.#agent.transport.skip(server, seconds * 1000);
  }

  #progress(response: Progress): void {
    acknowledgeProgress(response);
    const { message } = response;
    const sdp = sdpOf(message);
    this.#events.ringing(message.statusCode ?? 180);
    if (sdp === undefined || this.#body === undefined) return;
    this.#earlySdp = sdp;
    this.#events.earlyMedia({
      sdp,
      offer: this.#description.saved.sdp ?? '',
      update: async (offer) => (takesUpdate(response) ? this.#update(response, offer) : undefined),
    });
  }

  async #update(response: Progress, offer: string): Promise<string | undefined> {
    const { localSequenceNumber = 0 } = response.session as Core.SessionDialog; // the class of sip.js for an early dialog
    const hasNumbers = this.#attempt.saved.cseq - localSequenceNumber > SPARE_NUMBERS;
    if (this.#phase !== 'calling' || this.#beforeUpdate || !hasNumbers) return undefined;
    const before = this.#description.saved;
    this.#beforeUpdate = before;
    try {
      const body = sdpBody(this.#description.revise(offer));
      const answer = await sendEarlyUpdate(this.#agent, response, body);
      if (answer === undefined || this.#beforeUpdate !== before) return undefined;
      this.#beforeUpdate = undefined;
      this.#earlySdp = answer;
      return answer;
    } finally {
      if (this.#beforeUpdate === before) this.#revertUpdate();
    }
  }

  /** The phone did not accept the last UPDATE, or it is unknown whether it does. */
  #revertUpdate(): void {
    if (this.#beforeUpdate) this.#description.revert(this.#beforeUpdate);
    this.#beforeUpdate = undefined;
  }

  #accepted(attempt: InviteAttempt, response: Accepted): void {
    // the class of sip.js for a 2xx
    const session = response.session as Core.SessionDialog;
    if (!isReachable(session, response.message)) {
      this.#answer.reject(new SipFailure(400, 'the response has no usable Contact', true));
      this.#phase = 'over';
      attempt.dismiss(response);
    } else if (this.#phase === 'calling') this.#answer.resolve(this.#answered(attempt, response, session));
    else attempt.dismiss(response);
  }

  #answered(attempt: InviteAttempt, response: Accepted, session: Core.SessionDialog): Answer {
    this.#phase = 'answered';
    this.#stopWaiting();
    attempt.take();
    this.#revertUpdate();
    this.#timer.agree(response.message);
    const saved = {
      id: attempt.id,
      cseq: attempt.saved.cseq,
      description: this.#description.saved,
      session: this.#timer.saved,
    };
    this.#timer.stop();
    this.dialog = new Dialog(this.#agent, session, saved, this.#events);
    const answer = this.dialog.answer(sdpOf(response.message) ?? this.#earlySdp, (options) =>
      response.ack(options),
    );
    this.dialog.save();
    return answer;
  }

  /** Ends all attempts, except the one that was answered. @returns whether no phone can still be in the call because of them */
  async hangUp(reason?: Reason): Promise<boolean> {
    this.#stopWaiting();
    if (this.#phase === 'calling') this.#phase = 'over';
    for (const attempt of this.#attempts) attempt.cancel(reason);
    const ended = await Promise.all(this.#attempts.map((attempt) => attempt.ended));
    this.#giveUp();
    return ended.every(Boolean);
  }

  handOver(): void {
    this.#stopWaiting();
    if (this.#phase === 'calling') this.#phase = 'over';
    for (const attempt of this.#attempts) attempt.handOver();
    this.#giveUp();
  }
}
