/** The states of CAMARA Click to Dial; a call is ongoing until it is `disconnected` or `failed`. */
export const CALL_STATES = [
  'initiating',
  'callingCaller',
  'callingCallee',
  'connected',
  'disconnected',
  'failed',
] as const;

export type CallState = (typeof CALL_STATES)[number];

/** The two phones of a call. */
export const LEGS = ['caller', 'callee'] as const;

export type LegName = (typeof LEGS)[number];

/** Why a call ended (docs/phones/reasons.md). */
export const DISCONNECTION_REASONS = [
  'hangUp',
  'callerBusy',
  'callerDeclined',
  'callerNoAnswer',
  'callerNotRegistered',
  'callerForbidden',
  'callerWrongNumber',
  'callerFailure',
  'callerAbandon',
  'calleeBusy',
  'calleeDeclined',
  'calleeNoAnswer',
  'calleeNotRegistered',
  'calleeForbidden',
  'calleeWrongNumber',
  'calleeFailure',
  'noCommonMedia',
  'networkFailure',
  'other',
] as const;

export type DisconnectionReason = (typeof DISCONNECTION_REASONS)[number];

/** The reasons that each final state can have. */
export const REASONS_BY_STATE = {
  disconnected: [
    'hangUp',
    'callerBusy',
    'callerAbandon',
    'calleeBusy',
    'noCommonMedia',
    'networkFailure',
    'other',
  ],
  failed: [
    'callerDeclined',
    'callerNoAnswer',
    'callerNotRegistered',
    'callerForbidden',
    'callerWrongNumber',
    'callerFailure',
    'calleeDeclined',
    'calleeNoAnswer',
    'calleeNotRegistered',
    'calleeForbidden',
    'calleeWrongNumber',
    'calleeFailure',
    'noCommonMedia',
    'networkFailure',
    'other',
  ],
} as const satisfies Partial<Record<CallState, readonly DisconnectionReason[]>>;

export type FinalState = keyof typeof REASONS_BY_STATE;

export const ENDED_BY = ['client', 'carrier', 'sweeper', 'administrator', 'revocation', 'user'] as const;

export type EndedBy = (typeof ENDED_BY)[number];

/** Statuses of SIP responses (RFC 3261 section 7.2). */
export const SIP_STATUSES = { min: 100, max: 699 };

/** Causes of ITU-T Q.850: seven bits. */
export const Q850_CAUSES = { min: 0, max: 127 };

/** What the carrier knows about the end of a call. Administrators see it, applications do not. */
export interface EndCause {
  /** The phone that refused, left or could not be reached; null if unknown. */
  readonly leg: LegName | null;
  /** Status of the SIP response, or of a Reason header field with the protocol SIP (RFC 3326); null without one. */
  readonly sipStatus: number | null;
  /** Cause of ITU-T Q.850, from a Reason header field or from Asterisk; null without one. */
  readonly q850Cause: number | null;
  /** The peer's phrase, or this server's error; null without one. */
  readonly text: string | null;
}

export const RECORDING_RESULTS = ['success', 'noRecord', 'fail'] as const;

export type RecordingResult = (typeof RECORDING_RESULTS)[number];

export interface Call {
  /** Opaque, 128 random bits; the classic `token_call`. */
  readonly id: string;
  readonly userName: string;
  readonly clientId: string;
  /** The user's own number, E.164; null if the user has no number. */
  readonly caller: string | null;
  /** E.164 */
  readonly callee: string;
  readonly state: CallState;
  readonly reason: DisconnectionReason | null;
  readonly endedBy: EndedBy | null;
  /** The phone that the cause of the ending is about. This and the other causes are null if the carrier did not end the call. */
  readonly causeLeg: LegName | null;
  readonly sipStatus: number | null;
  readonly q850Cause: number | null;
  /** Null, too, after the numbers were cleared. */
  readonly causeText: string | null;
  /** The carrier that makes the phones ring. */
  readonly carrier: string;
  /** Seconds that each phone may ring. */
  readonly ringTimeout: number;
  /** Seconds from connection to the end of the call. */
  readonly timeLimit: number;
  /** When the sweep ends the call. */
  readonly deadlineAt: Date;
  /** Set by the client. */
  readonly clientReference: string | null;
  /** Set by the client. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly recordingEnabled: boolean;
  /** Null while the call is ongoing, and if no recording was requested. */
  readonly recordingResult: RecordingResult | null;
  /** Where CAMARA's events go, as the client wrote it; null if the client wants none. Only CAMARA's API shows it. */
  readonly sink: string | null;
  readonly createdAt: Date;
  /** Null if the caller did not answer, and for the carrier `session`. */
  readonly callerAnsweredAt: Date | null;
  /** When the callee answered. The duration of the call starts here. */
  readonly connectedAt: Date | null;
  readonly endedAt: Date | null;
  /** When numbers, reference and metadata were cleared; the callee is then ''. Clients cannot see such a call. */
  readonly strippedAt: Date | null;
}

/** The SQL expression of each property: `c` is the row of the call, `u` has the user's name as `name`. */
export const CALL_EXPRESSIONS: Readonly<Record<keyof Call, string>> = {
  id: 'c.id',
  userName: 'u.name',
  clientId: 'c.client_id',
  caller: 'c.caller',
  callee: 'c.callee',
  state: 'c.state',
  reason: 'c.reason',
  endedBy: 'c.ended_by',
  causeLeg: 'c.cause_leg',
  sipStatus: 'c.sip_status',
  q850Cause: 'c.q850_cause',
  causeText: 'c.cause_text',
  carrier: 'c.carrier',
  ringTimeout: 'c.ring_timeout',
  timeLimit: 'c.time_limit',
  deadlineAt: 'c.deadline_at',
  clientReference: 'c.client_reference',
  metadata: 'c.metadata',
  recordingEnabled: 'c.recording_enabled',
  recordingResult: 'c.recording_result',
  sink: 'c.sink',
  createdAt: 'c.created_at',
  callerAnsweredAt: 'c.caller_answered_at',
  connectedAt: 'c.connected_at',
  endedAt: 'c.ended_at',
  strippedAt: 'c.stripped_at',
};

/** One transition of a call. */
export interface TimelineEntry extends Pick<Call, 'state' | 'reason' | 'endedBy'> {
  /** Number of the event among the events of the call's user. */
  readonly sequence: number;
  readonly at: Date;
}

/** The notice of a transition that every node gets. */
export interface CallChange {
  readonly callId: string;
  readonly userId: string;
  readonly state: CallState;
  /** Absent if the database ended the call because its permission was revoked; the reason is then `other`. */
  readonly reason?: DisconnectionReason | null;
  readonly carrier: string;
  /** The node that signals the call; null for the carrier `session`. */
  readonly nodeId: string | null;
  /**
   * Whether the call has a sink, or its client a webhook: a delivery may be due. Absent: unknown. It is a hint: false although a
   * webhook was added at the same time; its delivery is found within a second.
   */
  readonly hasReceivers?: boolean;
}

/** Call this after the transition is committed. */
export type AnnounceChanges = (changes: readonly CallChange[]) => void;

/** Duration of a call in whole seconds, from the callee's answer; 0 if the callee did not answer. */
export function durationSeconds(call: Pick<Call, 'connectedAt' | 'endedAt'>, now: Date): number {
  if (!call.connectedAt) return 0;
  return Math.max(0, Math.floor(((call.endedAt ?? now).getTime() - call.connectedAt.getTime()) / 1000));
}
