import type { LegName } from '../../core/calls/call.ts';
import type { Ending } from '../../core/calls/transition-store.ts';
import * as endings from '../leg-endings.ts';
import type { ChannelEnd } from './leg.ts';

/** Asterisk also has this status if its own timer expired. Then the cause of Q.850, and whether the phone rang, decide. */
const REQUEST_TIMEOUT = 408;

/** Asterisk cannot be reached. */
export function endingOfUnreached(connected: boolean, text: string): Ending {
  return endings.endingOfLost(connected, { leg: null, text }, 'networkFailure');
}

/** Asterisk refused a step of the call. */
export function endingOfRefused(connected: boolean, text: string): Ending {
  return endings.endingOfLost(connected, { leg: null, text });
}

/** Asterisk refused to call this phone. */
export function endingOfNotPlaced(leg: LegName, text: string, failure: endings.LegFailure): Ending {
  return endings.endingOfUnanswered(leg, { text }, failure);
}

/**
 * This phone's channel ended before it was answered.
 * @param timedOut whether the ring timeout is over: Asterisk gives its own end of the dialling the status 480
 */
export function endingOfUnanswered(leg: LegName, end: ChannelEnd, timedOut: boolean): Ending {
  if (end === 'gone') return endingOfGone(false);
  if (timedOut) return endings.endingOfUnanswered(leg, { ...end, sipStatus: undefined }, 'noAnswer');
  return endings.endingOfUnanswered(leg, end, endings.failureOf(decisivePart(end)));
}

/** The caller answered, and hung up before the callee answered. */
export function endingOfAbandoned(end: ChannelEnd): Ending {
  return end === 'gone' ? endingOfGone(false) : endings.endingOfAbandoned(end);
}

/** The call was connected. */
export function endingOfConnected(leg: LegName, end: ChannelEnd): Ending {
  if (end === 'gone') return endingOfGone(true);
  return endings.endingOfHangUp({ leg, ...end }, endings.failureOf(decisivePart(end)));
}

/** Asterisk restarted, or a phone hung up while this server was not connected to Asterisk. Which of them is not known. */
function endingOfGone(connected: boolean): Ending {
  return endingOfRefused(connected, 'Asterisk no longer has the channel');
}

/** Asterisk derives the cause from the status, and loses detail: 401, 403, 407 and 603 are all 21, and 480 is 19. */
function decisivePart({ sipStatus, q850Cause, rang }: Exclude<ChannelEnd, 'gone'>) {
  return sipStatus === undefined || sipStatus === REQUEST_TIMEOUT ? { q850Cause, rang } : { sipStatus, rang };
}
