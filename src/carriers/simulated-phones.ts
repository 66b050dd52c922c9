import type { LegName } from '../core/calls/call.ts';
import type { Progress } from '../core/calls/transition-store.ts';
import { endingOfHangUp, endingOfLost, endingOfUnanswered } from './leg-endings.ts';

/** A step of a simulated call. */
export interface Step {
  /** Seconds after the previous step. */
  readonly after: number | 'ringTimeout';
  readonly progress: Progress;
}

export interface SimulatedPhone {
  /** What happens, for the documentation. */
  readonly behaviour: string;
  readonly steps: readonly Step[];
}

/** +1 202 555 0100 to 0199: North America reserves 555-0100 to 555-0199 for fiction. */
const FICTIONAL = /^\+120255501(\d\d)$/;

const CALLER_RINGS: Step = { after: 0, progress: { state: 'callingCaller' } };
const CALLER_ANSWERS: Step = { after: 1, progress: { state: 'callingCallee' } };

function step(after: Step['after'], progress: Progress): Step {
  return { after, progress };
}

function phone(behaviour: string, ...steps: readonly Step[]): SimulatedPhone {
  return { behaviour, steps: [CALLER_RINGS, CALLER_ANSWERS, ...steps] };
}

function connectedFor(seconds: number, who: LegName): SimulatedPhone {
  return phone(
    `answers after 1 s; the ${who} hangs up ${seconds} s later`,
    step(1, { state: 'connected' }),
    step(seconds, endingOfHangUp({ leg: who })),
  );
}

/** The callee's phone refuses as a SIP phone does. */
function refuses(seconds: number, sipStatus: number, text: string): Step {
  return step(seconds, endingOfUnanswered('callee', { sipStatus, text }));
}

function callerRefuses(behaviour: string, sipStatus: number, text: string): SimulatedPhone {
  return { behaviour, steps: [CALLER_RINGS, step(0, endingOfUnanswered('caller', { sipStatus, text }))] };
}

/** By the last two digits. All other numbers behave like 00. */
const PHONES: Readonly<Record<string, SimulatedPhone>> = {
  '00': phone('answers after 1 s; the call lasts until someone ends it', step(1, { state: 'connected' })),
  '01': phone('answers at once', step(0, { state: 'connected' })),
  '02': phone('answers after 5 s', step(5, { state: 'connected' })),
  '03': phone('does not answer', step('ringTimeout', { state: 'failed', reason: 'calleeNoAnswer' })),
  '04': phone('is busy', refuses(0, 486, 'Busy Here')),
  '05': phone('declines the call after 2 s', refuses(2, 603, 'Decline')),
  '06': phone('cannot be reached', refuses(0, 420, 'Bad Extension')),
  '07': phone(
    'answers after 1 s; the line breaks 2 s later',
    step(1, { state: 'connected' }),
    step(
      2,
      endingOfLost(true, { leg: 'callee', text: 'the phone did not refresh the session' }, 'networkFailure'),
    ),
  ),
  '08': phone('is not registered', refuses(0, 480, 'Temporarily Unavailable')),
  '09': phone('does not exist', refuses(0, 404, 'Not Found')),
  '10': callerRefuses('the caller is busy', 486, 'Busy Here'),
  '11': {
    behaviour: 'the caller does not answer',
    steps: [CALLER_RINGS, step('ringTimeout', { state: 'failed', reason: 'callerNoAnswer' })],
  },
  '12': callerRefuses('the caller cannot be reached', 420, 'Bad Extension'),
  '13': phone(
    'rings; the caller gives up after 2 s',
    step(2, { state: 'disconnected', reason: 'callerAbandon' }),
  ),
  '14': callerRefuses('the caller declines the call', 603, 'Decline'),
  '15': callerRefuses('the caller’s phone is not registered', 404, 'Not Found'),
  '16': callerRefuses('the network does not permit a call to the caller', 403, 'Forbidden'),
  '17': callerRefuses('the caller’s own number does not exist', 604, 'Does Not Exist Anywhere'),
  '20': {
    behaviour: 'the carrier fails before any phone rings',
    steps: [step(0, { state: 'failed', reason: 'other' })],
  },
  '21': phone('the network does not permit the call', refuses(0, 403, 'Forbidden')),
  '22': phone('has no codec in common with the caller', refuses(0, 488, 'Not Acceptable Here')),
  '23': phone('cannot be reached because the network fails', refuses(0, 503, 'Service Unavailable')),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [`3${n}`, connectedFor(n, 'callee')])),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [`4${n}`, connectedFor(n, 'caller')])),
};

const DEFAULT_DIGITS = '00';

/** Numbers with their own behaviour, for the documentation. */
export const simulatedPhones: readonly (readonly [string, SimulatedPhone])[] = Object.entries(PHONES)
  .map(([digits, behaviour]) => [`+120255501${digits}`, behaviour] as const)
  .sort(([a], [b]) => a.localeCompare(b));

export function isFictional(callee: string): boolean {
  return FICTIONAL.test(callee);
}

export function phoneOf(callee: string): SimulatedPhone {
  const digits = FICTIONAL.exec(callee)?.[1] ?? DEFAULT_DIGITS;
  return PHONES[digits] ?? (PHONES[DEFAULT_DIGITS] as SimulatedPhone);
}
