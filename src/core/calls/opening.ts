import type { DomainError } from '../../platform/domain-error.ts';
import type { PresentedToken } from '../tokens/access-token.ts';
import type { Call, CallState } from './call.ts';

/** What the request and the server's settings decide of a call; the database decides the rest. */
export interface NewCall {
  readonly id: string;
  /** E.164; undefined for the user's default number. */
  readonly caller: string | undefined;
  readonly callee: string;
  readonly state: CallState;
  readonly carrier: string;
  /** Whether somebody pays for it. */
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
}

export interface OpenTerms {
  /** Seconds after which the call ends unless it is renewed; undefined: the time limit alone counts. */
  readonly lease: number | undefined;
  /** Why the numbers may not be dialled, or the sink not be told, if so; no reason not to repeat an earlier answer. */
  readonly refusal: DomainError | undefined;
  /** Refuse a second call between the same two numbers. */
  readonly once: boolean;
  readonly idempotency: { readonly key: string; readonly fingerprint: Buffer } | undefined;
  /** How many calls that cost the user may open within a minute; undefined: any number, or this one costs nothing. */
  readonly callsPerMinute: number | undefined;
  /** Seconds that the user may talk within 24 hours in calls that cost; undefined likewise. */
  readonly talkTimePerDay: number | undefined;
}

export interface OpenedCall {
  /** As it was when it was opened. */
  readonly call: Call;
  readonly userId: string;
  /** The answer to an earlier request with the same Idempotency-Key. */
  readonly replayed: boolean;
  readonly limit: number;
  /** The user's ongoing calls, this one included. */
  readonly ongoing: number;
}

/** A request to open a call, by a token with any one of `scopes`. */
export interface Opening {
  readonly token: PresentedToken;
  readonly scopes: readonly string[];
  readonly call: NewCall;
  readonly terms: OpenTerms;
}
