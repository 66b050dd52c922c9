import type { DisconnectionReason } from '../../core/calls/call.ts';

interface ReasonWords {
  /** For administrators, and for the documentation. */
  readonly label: string;
  /** For the user of the call, in *My account*. */
  readonly toUser: string;
}

/** The texts for the disconnection reasons, in all pages. */
export const REASON_WORDS: Readonly<Record<DisconnectionReason, ReasonWords>> = {
  hangUp: { label: 'Hung up', toUser: 'Ended before they answered' },
  callerBusy: { label: 'Caller was busy', toUser: 'Your phone was busy' },
  callerDeclined: { label: 'Caller declined', toUser: 'Your phone declined the call' },
  callerNoAnswer: { label: 'Caller did not answer', toUser: 'You did not answer your phone' },
  callerNotRegistered: {
    label: 'Caller’s phone is not registered',
    toUser: 'Your phone was switched off or offline',
  },
  callerForbidden: {
    label: 'Call to the caller is not permitted',
    toUser: 'The phone network did not allow calling your phone',
  },
  callerWrongNumber: { label: 'Caller’s number does not exist', toUser: 'Your own number does not exist' },
  callerFailure: { label: 'Caller’s phone could not be reached', toUser: 'Your phone could not be reached' },
  callerAbandon: {
    label: 'Caller hung up before the callee answered',
    toUser: 'You hung up before they answered',
  },
  calleeBusy: { label: 'Callee was busy', toUser: 'They were busy' },
  calleeDeclined: { label: 'Callee declined', toUser: 'They declined the call' },
  calleeNoAnswer: { label: 'Callee did not answer', toUser: 'They did not answer' },
  calleeNotRegistered: {
    label: 'Callee’s phone is not registered',
    toUser: 'Their phone was switched off or offline',
  },
  calleeForbidden: {
    label: 'Call to the callee is not permitted',
    toUser: 'The phone network did not allow calling this number',
  },
  calleeWrongNumber: { label: 'Callee’s number does not exist', toUser: 'This number does not exist' },
  calleeFailure: { label: 'Callee’s phone could not be reached', toUser: 'They could not be reached' },
  noCommonMedia: {
    label: 'Phones have no codec or encryption in common',
    toUser: 'The two phones could not exchange sound',
  },
  networkFailure: { label: 'Network or PBX failed', toUser: 'The phone network failed' },
  other: { label: 'Other reason', toUser: 'Ended for another reason' },
};
