import type { DisconnectionReason, REASONS_BY_STATE } from '../calls/call.ts';

/** The reasons that CAMARA Click to Dial defines. */
export const CAMARA_REASONS = [
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

export type CamaraReason = (typeof CAMARA_REASONS)[number];

/** CAMARA's reason of a call that ended as `disconnected`. Its events have no reason for `failed`. */
export const CAMARA_REASON_OF: Readonly<
  Record<(typeof REASONS_BY_STATE)['disconnected'][number], CamaraReason>
> = {
  hangUp: 'hangUp',
  callerBusy: 'callerBusy',
  callerAbandon: 'callerAbandon',
  calleeBusy: 'calleeBusy',
  noCommonMedia: 'other',
  networkFailure: 'other',
  other: 'other',
};

export function camaraReasonOf(reason: DisconnectionReason | null): CamaraReason {
  return reason !== null && reason in CAMARA_REASON_OF
    ? CAMARA_REASON_OF[reason as keyof typeof CAMARA_REASON_OF]
    : 'other';
}
