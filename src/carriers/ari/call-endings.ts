import type { Progress } from '../../core/calls/transition-store.ts';
import type { LegEnd } from './leg.ts';
import type { LegName } from './names.ts';

/** What ends a call. */
export type Ending = Extract<Progress, { reason: string }>;

/** Q.850: user busy; call rejected. */
const BUSY = [17, 21];
/** Q.850: no user responding. What a trunk that never answered gets, too: then no phone has rung. */
const NO_USER_RESPONDING = 18;
/** Q.850: user alerting, no answer. What a phone gets that rang for the ring timeout, too. */
const NO_ANSWER = 19;
/** Q.850: normal clearing; normal, unspecified; and what Asterisk says for none. */
const NORMAL = [16, 31, 0];

export const FAILED: Ending = { state: 'failed', reason: 'other' };

/** The end of a call whose phones were gone when it was looked for. */
export function endingOfLost(connected: boolean): Ending {
  return connected ? { state: 'disconnected', reason: 'other' } : FAILED;
}

/** Why a call ends of which this phone could not be had. */
export function endingOfFailure(leg: LegName): Ending {
  return { state: 'failed', reason: leg === 'caller' ? 'callerFailure' : 'calleeFailure' };
}

/** Why a call ends whose phone ended before it was answered. */
export function endingOfUnanswered(leg: LegName, { cause, rang }: LegEnd): Ending {
  if (cause === undefined) return FAILED;
  if (BUSY.includes(cause)) {
    return { state: 'disconnected', reason: leg === 'caller' ? 'callerBusy' : 'calleeBusy' };
  }
  if (cause === NO_ANSWER || (cause === NO_USER_RESPONDING && rang)) {
    return { state: 'failed', reason: leg === 'caller' ? 'callerNoAnswer' : 'calleeNoAnswer' };
  }
  return endingOfFailure(leg);
}

/** Why a call ends whose caller had answered, and ended before the callee did. */
export function endingOfAbandoned({ cause }: LegEnd): Ending {
  return cause === undefined ? FAILED : { state: 'disconnected', reason: 'callerAbandon' };
}

/** Why a call ends that was connected. */
export function endingOfConnected({ cause }: LegEnd): Ending {
  return cause !== undefined && NORMAL.includes(cause)
    ? { state: 'disconnected', reason: 'hangUp' }
    : endingOfLost(true);
}
