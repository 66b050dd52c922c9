import { Core } from '../../vendor/sip.js/index.js';
import type { Target } from '../transport/locator.ts';
import { type AgentContext, discardInvite } from './agent-context.ts';
import { isFromPeer } from './failure.ts';
import type { Reason } from './leg.ts';
import { randomToken, reasonValue } from './message-parts.ts';
import { awaitConfirmation } from './release.ts';
import type { SavedInvitation } from './saved-leg.ts';
import { SEQUENCE_RANGE } from './sequence.ts';

export type Progress = Parameters<NonNullable<Core.OutgoingInviteRequestDelegate['onProgress']>>[0];
export type Accepted = Parameters<NonNullable<Core.OutgoingInviteRequestDelegate['onAccept']>>[0];

export interface AttemptEvents {
  progress(response: Progress): void;
  /** A 2xx. It must be acknowledged with `take` or `dismiss`. */
  accepted(response: Accepted): void;
  /** A final response that is not a 2xx; without header fields if it is not from a peer. */
  refused(message: Core.IncomingResponseMessage): void;
}

/**
 * The INVITE of a leg to one server, with its repetitions: with credentials, or with another session interval. Each attempt has its
 * own record, so that another process can end it, whichever attempt the phone answers.
 */
export class InviteAttempt {
  readonly id = randomToken();
  readonly #agent: AgentContext;
  readonly #events: AttemptEvents;
  #message: Core.OutgoingRequestMessage;
  #server: Target | undefined;
  #tries: SavedInvitation['tries'] = [];
  #request: Core.OutgoingInviteRequest | undefined;
  #phase: 'calling' | 'answered' | 'abandoned' | 'over' = 'calling';
  /** A response arrived, so the INVITE may have reached a phone. */
  #responded = false;
  readonly #ended = Promise.withResolvers<boolean>();

  constructor(agent: AgentContext, message: Core.OutgoingRequestMessage, events: AttemptEvents) {
    this.#agent = agent;
    this.#events = events;
    this.#message = this.#plan(message);
  }

  /**
   * Chooses the branches of all requests before the record is stored: of the INVITE, and of its repetitions with credentials.
   * Another process needs them for its CANCEL.
   */
  #plan(message: Core.OutgoingRequestMessage): Core.OutgoingRequestMessage {
    const { maxChallenges } = this.#agent;
    this.#tries = Array.from({ length: 1 + maxChallenges }, (_, index) => ({
      cseq: message.cseq + index,
      branch: Core.ClientTransaction.makeBranch(),
    }));
    const branches = this.#tries.map(({ branch }) => branch).values();
    message.nextBranch = () => branches.next().value ?? Core.ClientTransaction.makeBranch();
    message.server = this.#server;
    return message;
  }

  /** Chooses the server that all messages of the attempt go to. */
  assign(server: Target | undefined): void {
    this.#server = server;
    this.#message.server = server;
  }

  get server(): Target | undefined {
    return this.#server;
  }

  get message(): Core.OutgoingRequestMessage {
    return this.#message;
  }

  get saved(): SavedInvitation {
    const { core } = this.#agent;
    return {
      phase: 'calling',
      id: this.id,
      callId: this.#message.callId,
      localUri: this.#message.fromURI.toRaw(),
      localTag: this.#message.fromTag,
      remoteUri: this.#message.toURI.toRaw(),
      requestUri: this.#message.ruri.toRaw(),
      routeSet: core.configuration.routeSet,
      server: this.#server,
      tries: this.#tries,
      cseq: this.#message.cseq + this.#tries.length + SEQUENCE_RANGE,
      sentBy: core.configuration.viaHost,
    };
  }

  get responded(): boolean {
    return this.#responded;
  }

  /** Resolves when the attempt is over. @returns whether no phone can still be in the call because of it */
  get ended(): Promise<boolean> {
    return this.#ended.promise;
  }

  /** The next INVITE to the same server. Its record must be stored before it is sent. */
  replace(message: Core.OutgoingRequestMessage): void {
    this.#message = this.#plan(message);
  }

  send(): void {
    if (this.#phase !== 'calling') return;
    this.#request = this.#agent.core.invite(this.#message, {
      onTrying: () => {
        this.#responded = true;
      },
      onProgress: (response) => {
        this.#responded = true;
        if (this.#phase === 'calling') this.#events.progress(response);
        else acknowledgeProgress(response);
      },
      onAccept: (response) => {
        this.#responded = true;
        if (this.#phase === 'calling') this.#events.accepted(response);
        else this.dismiss(response);
      },
      onReject: ({ message }) => this.#refused(message),
      onRedirect: ({ message }) => this.#refused(message),
    });
  }

  #refused(message: Core.IncomingResponseMessage): void {
    this.#responded ||= isFromPeer(message);
    this.#events.refused(message);
  }

  /** The server refused the attempt for good. */
  close(message: Core.IncomingResponseMessage): void {
    // an INVITE that reached no phone needs no confirmation
    this.#end(isFromPeer(message) || !this.#responded);
  }

  /** The leg continues with the phone that answered this attempt. */
  take(): void {
    this.#phase = 'answered';
    this.#ended.resolve(true);
  }

  /** Ends the leg of a 2xx that comes too late: from a second phone of a forked INVITE, or after CANCEL (RFC 3261 section 13.2.2.4). */
  dismiss(response: Accepted): void {
    if (this.#phase === 'calling') this.#phase = 'abandoned';
    const ackAndBye = (delegate: Core.OutgoingRequestDelegate) => {
      response.ack();
      response.session.bye(delegate);
    };
    awaitConfirmation(this.#agent, ackAndBye).then((confirmed) => this.#end(confirmed));
  }

  /** Sends CANCEL once a response has arrived, not before (RFC 3261 section 9.1). */
  cancel(reason?: Reason): void {
    if (this.#phase !== 'calling') return;
    const request = this.#abandon();
    request?.cancel(reason && reasonValue(reason));
  }

  /** Another process sends the CANCEL. Only this process receives a 2xx that crosses the CANCEL; it acknowledges and ends that leg. */
  handOver(): void {
    if (this.#phase === 'calling') this.#abandon();
  }

  #abandon(): Core.OutgoingInviteRequest | undefined {
    const request = this.#request;
    this.#phase = 'abandoned';
    if (request === undefined) {
      this.#end(true);
      return undefined;
    }
    this.#agent.abandoned.add(this.#message);
    const timeout = setTimeout(() => {
      discardInvite(this.#agent, request);
      this.#end(!this.#responded);
    }, 64 * Core.Timers.T1).unref();
    this.ended.then(() => clearTimeout(timeout));
    return request;
  }

  #end(confirmed: boolean): void {
    if (this.#phase !== 'answered') this.#phase = 'over';
    this.#ended.resolve(confirmed);
  }
}

/** Whether the phone repeats a provisional response until it gets PRACK (RFC 3262). */
export function isReliable(message: Core.IncomingResponseMessage): boolean {
  return /\b100rel\b/i.test(message.getHeader('require') ?? '');
}

export function acknowledgeProgress({ message, prack }: Progress): void {
  if (isReliable(message))
    prack({ extraHeaders: [`RAck: ${message.getHeader('rseq')} ${message.cseq} INVITE`] });
}
