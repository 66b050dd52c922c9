import type { DomainError } from '../../platform/domain-error.ts';
import type { PresentedToken } from '../tokens/access-token.ts';
import type { Call, CallState } from './call.ts';

/** What the client's request and the server's settings decide about a call. The database decides the rest. */
export interface NewCall {
  readonly id: string;
  /** E.164; undefined for the user's default number. */
  readonly caller: string | undefined;
  readonly callee: string;
  readonly state: CallState;
  readonly carrier: string;
  /** Whether the call costs money. */
  readonly costs: boolean;
  /** The node whose carrier holds the phones; undefined where nothing is signalled. */
  readonly nodeId: string | undefined;
  readonly ringTimeout: number;
  readonly timeLimit: number;
  readonly clientReference: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly recordingEnabled: boolean;
  readonly sink: NewSink | undefined;
}

export interface NewSink {
  readonly url: string;
  /** Sealed. */
  readonly token: Buffer | undefined;
  readonly tokenExpiresAt: Date | undefined;
  readonly correlator: string;
}

/** The terms on which a call is opened. */
export interface OpenTerms {
  /** Seconds after which the call ends unless it is renewed; undefined: the time limit alone counts. */
  readonly lease: number | undefined;
  /** Why the policy or the settings refuse the call, if so. An earlier answer is repeated all the same. */
  readonly refusal: DomainError | undefined;
  /** Refuse a second call between the same two numbers. */
  readonly once: boolean;
  readonly idempotency: { readonly key: string; readonly fingerprint: Buffer } | undefined;
  /** How many calls that cost the user may open within a minute; undefined: any number, or this call costs nothing. */
  readonly callsPerMinute: number | undefined;
  /** Seconds that the user may talk within 24 hours in calls that cost; undefined likewise. */
  readonly talkTimePerDay: number | undefined;
}

export interface OpenedCall {
  /** As it was when it was opened. */
  readonly call: Call;
  readonly userId: string;
  /** SIP URI of the user's phone; null: none, or the call has no phones. */
  readonly sipAddress: string | null;
  /** An earlier request with the same Idempotency-Key opened it. */
  readonly replayed: boolean;
  readonly limit: number;
  /** The user's ongoing calls, this one included. */
  readonly ongoing: number;
  /** As in CallChange. */
  readonly hasReceivers: boolean;
}

/** A request to open a call, with a token that has any one of `scopes`. */
export interface OpenRequest {
  readonly token: PresentedToken;
  readonly scopes: readonly string[];
  readonly call: NewCall;
  readonly terms: OpenTerms;
}
