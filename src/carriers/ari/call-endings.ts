import type { Ending } from '../../core/calls/transition-store.ts';
import type { LegName } from '../carrier.ts';
import type { LegEnd } from './leg.ts';

/** Q.850: user busy; call rejected. */
const BUSY = [17, 21];
/** Q.850: no user responding. Asterisk also gives it to a trunk that never answered, when no phone rang. */
const NO_USER_RESPONDING = 18;
/** Q.850: user alerting, no answer. Asterisk also gives it to a phone that rang until the ring timeout. */
const NO_ANSWER = 19;
/** Q.850: normal clearing; normal, unspecified; and 0, if Asterisk has no cause. */
const NORMAL = [16, 31, 0];

export const FAILED: Ending = { state: 'failed', reason: 'other' };

/** The call's channels had disappeared when this node looked for them. */
export function endingOfLost(connected: boolean): Ending {
  return connected ? { state: 'disconnected', reason: 'other' } : FAILED;
}

/** This phone could not be called. */
export function endingOfFailure(leg: LegName): Ending {
  return { state: 'failed', reason: leg === 'caller' ? 'callerFailure' : 'calleeFailure' };
}

/** This phone's channel ended before it was answered. */
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

/** The caller answered, and hung up before the callee answered. */
export function endingOfAbandoned({ cause }: LegEnd): Ending {
  return cause === undefined ? FAILED : { state: 'disconnected', reason: 'callerAbandon' };
}

/** The call was connected. */
export function endingOfConnected({ cause }: LegEnd): Ending {
  return cause !== undefined && NORMAL.includes(cause)
    ? { state: 'disconnected', reason: 'hangUp' }
    : endingOfLost(true);
}
