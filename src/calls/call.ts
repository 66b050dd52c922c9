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

export const ENDED_BY = ['client', 'administrator'] as const;

export type EndedBy = (typeof ENDED_BY)[number];

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
  readonly createdAt: Date;
  readonly connectedAt: Date | null;
  readonly endedAt: Date | null;
}

/** How long the parties have been, or were, connected; in whole seconds, 0 for a call that never was. */
export function durationSeconds(call: Pick<Call, 'connectedAt' | 'endedAt'>, now: Date): number {
  if (!call.connectedAt) return 0;
  return Math.max(0, Math.floor(((call.endedAt ?? now).getTime() - call.connectedAt.getTime()) / 1000));
}
