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

/** Why a call ended, in CAMARA's words. */
export const DISCONNECTION_REASONS = [
  'hangUp',
  'callerBusy',
  'callerNoAnswer',
  'callerFailure',
  'callerAbandon',
  'calleeBusy',
  'calleeNoAnswer',
  'calleeFailure',
  'other',
] as const;

export type DisconnectionReason = (typeof DISCONNECTION_REASONS)[number];

/** Which of them go with which end. */
export const REASONS_OF_STATES: Readonly<Partial<Record<CallState, readonly DisconnectionReason[]>>> = {
  disconnected: ['hangUp', 'callerBusy', 'callerAbandon', 'calleeBusy', 'other'],
  failed: ['callerNoAnswer', 'callerFailure', 'calleeNoAnswer', 'calleeFailure', 'other'],
};

export const ENDED_BY = ['client', 'carrier', 'sweeper', 'administrator', 'revocation', 'user'] as const;

export type EndedBy = (typeof ENDED_BY)[number];

export const RECORDING_RESULTS = ['success', 'noRecord', 'fail'] as const;

export type RecordingResult = (typeof RECORDING_RESULTS)[number];

export interface Call {
  /** Opaque, 128 random bits; the classic `token_call`. */
  readonly id: string;
  readonly userName: string;
  readonly clientId: string;
  /** The user's own number, E.164; null for a user without one. */
  readonly caller: string | null;
  /** E.164 */
  readonly callee: string;
  readonly state: CallState;
  readonly reason: DisconnectionReason | null;
  readonly endedBy: EndedBy | null;
  /** The carrier that makes the phones ring. */
  readonly carrier: string;
  /** Seconds that each phone may ring. */
  readonly ringTimeout: number;
  /** Seconds from connection. */
  readonly timeLimit: number;
  /** When the sweeper ends it, if nothing else does. */
  readonly deadlineAt: Date;
  /** The client's own. */
  readonly clientReference: string | null;
  /** The client's own. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly recordingEnabled: boolean;
  /** Null while the call goes on, and where no recording was asked for. */
  readonly recordingResult: RecordingResult | null;
  /** From 1 to 9; null: no preference. */
  readonly priority: number | null;
  readonly createdAt: Date;
  /** Null for a call whose caller never answered, and where no carrier says when. */
  readonly callerAnsweredAt: Date | null;
  /** When the callee answered, too; from then on a call lasts. */
  readonly connectedAt: Date | null;
  readonly endedAt: Date | null;
  /** When numbers, reference and metadata were cleared: then the callee is ''. Clients do not find such a call. */
  readonly strippedAt: Date | null;
}

/** Where each property of a call is in SQL: `c` is the row of the call, `u` whatever has the user's name as `name`. */
export const CALL_COLUMNS: Readonly<Record<keyof Call, string>> = {
  id: 'c.id',
  userName: 'u.name',
  clientId: 'c.client_id',
  caller: 'c.caller',
  callee: 'c.callee',
  state: 'c.state',
  reason: 'c.reason',
  endedBy: 'c.ended_by',
  carrier: 'c.carrier',
  ringTimeout: 'c.ring_timeout',
  timeLimit: 'c.time_limit',
  deadlineAt: 'c.deadline_at',
  clientReference: 'c.client_reference',
  metadata: 'c.metadata',
  recordingEnabled: 'c.recording_enabled',
  recordingResult: 'c.recording_result',
  priority: 'c.priority',
  createdAt: 'c.created_at',
  callerAnsweredAt: 'c.caller_answered_at',
  connectedAt: 'c.connected_at',
  endedAt: 'c.ended_at',
  strippedAt: 'c.stripped_at',
};

/** One transition in the life of a call. */
export interface TimelineEntry extends Pick<Call, 'state' | 'reason' | 'endedBy'> {
  /** Counts the events of the call's user. */
  readonly sequence: number;
  readonly at: Date;
}

/** What a transition tells the rest of the server, on every node. */
export interface CallChange {
  readonly callId: string;
  readonly userId: string;
  readonly state: CallState;
  /** Absent where the database itself ended the call, with its permission: then it is `other`. */
  readonly reason?: DisconnectionReason | null;
  readonly carrier: string;
  /** The node whose carrier holds the phones; null where nothing is signalled. */
  readonly nodeId: string | null;
}

/** To be called after the transition is committed. */
export type AnnounceChanges = (changes: readonly CallChange[]) => void;

/** How long the parties have been, or were, connected: from the callee's answer, in whole seconds; 0 for a call that never was. */
export function durationSeconds(call: Pick<Call, 'connectedAt' | 'endedAt'>, now: Date): number {
  if (!call.connectedAt) return 0;
  return Math.max(0, Math.floor(((call.endedAt ?? now).getTime() - call.connectedAt.getTime()) / 1000));
}
