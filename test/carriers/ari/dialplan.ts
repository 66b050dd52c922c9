import type { CarrierSetup } from '../carrier-setup.ts';

/** The endpoints of these tests are in Asterisk's dialplan, without SIP. */
export const ENDPOINTS = {
  ARI_CALLER_ENDPOINT: 'Local/{digits}@callers',
  ARI_CALLEE_ENDPOINT: 'Local/{digits}@callees',
};

const FOR_LONG = 'Wait(3600)';
const ANSWERS = ['Ringing()', 'Wait(0.3)', 'Answer()', FOR_LONG];
const RINGS = ['Ringing()', FOR_LONG];

/** The behaviour of a callee, by the last three digits of a British number reserved for fiction. */
const CALLEES: Readonly<Record<string, readonly string[]>> = {
  102: ['Ringing()', 'Wait(4)', 'Answer()', 'Echo()'],
  103: RINGS,
  104: ['Hangup(17)'],
  105: ['Ringing()', 'Wait(0.5)', 'Hangup(21)'],
  106: ['Hangup(1)'],
  107: ['Answer()', 'Wait(1)', 'Hangup(38)'],
  108: ['Ringing()', 'Wait(0.3)', 'Hangup(18)'],
  109: ['Hangup(18)'],
  114: ['Ringing()', 'Wait(0.3)', 'Hangup(19)'],
  115: ['Wait(3600)'],
  116: ['Hangup(20)'],
  117: ['Hangup(57)'],
  118: ['Hangup(58)'],
  119: ['Hangup(127)'],
  113: RINGS,
  131: ['Answer()', 'Wait(1)', 'Hangup(16)'],
  132: ['Ringing()', 'Wait(0.3)', 'Answer()', 'Echo()'],
};

/** The behaviour of the caller of such a callee, whose number is the caller ID in the caller's channel. */
const CALLERS: Readonly<Record<string, readonly string[]>> = {
  110: ['Hangup(17)'],
  111: RINGS,
  112: ['Hangup(1)'],
  113: ['Answer()', 'Wait(1)', 'Hangup(16)'],
  120: ['Ringing()', 'Wait(0.3)', 'Hangup(21)'],
  121: ['Hangup(28)'],
  141: ['Answer()', 'Wait(2)', 'Hangup(16)'],
};

export function callee(lastDigits: string): string {
  return `+442079460${lastDigits}`;
}

/** Text of extensions.conf. */
export function dialplan(): string {
  const numbers = (phones: typeof CALLEES) =>
    Object.entries(phones).map(([last, steps]) => extension(callee(last).slice(1), steps));
  return [
    '[callees]',
    ...numbers(CALLEES),
    extension('_X.', ANSWERS),
    '[callers]',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Asterisk's own
    extension('_X.', ['Goto(callers-of,${CALLERID(num):1},1)']),
    '[callers-of]',
    ...numbers(CALLERS),
    extension('_X.', ANSWERS),
    '',
  ].join('\n');
}

function extension(pattern: string, [first, ...rest]: readonly string[]): string {
  return [`exten => ${pattern},1,${first}`, ...rest.map((step) => ` same => n,${step}`)].join('\n');
}

/** For the conformance tests with this Asterisk. */
export function ariSetup(env: Readonly<Record<string, string>>): CarrierSetup {
  return {
    title: 'the carrier ari over Asterisk',
    name: 'ari',
    env: { ...env, ...ENDPOINTS, RING_TIMEOUT: '11' },
    createClock: undefined,
    records: true,
    states: ['initiating', 'callingCaller', 'callingCallee', 'connected'],
    talks: callee('132'),
    stays: {
      callingCaller: { callee: callee('111'), ends: 'failed: callerNoAnswer, by carrier' },
      callingCallee: { callee: callee('103'), ends: 'failed: calleeNoAnswer, by carrier' },
      connected: { callee: callee('132'), ends: undefined },
    },
    hangsUp: callee('131'),
    ends: [
      { callee: callee('110'), as: 'disconnected: callerBusy, by carrier' },
      { callee: callee('120'), as: 'failed: callerDeclined, by carrier' },
      { callee: callee('111'), as: 'failed: callerNoAnswer, by carrier', ringTimeout: 1 },
      { callee: callee('112'), as: 'failed: callerNotRegistered, by carrier' },
      { callee: callee('121'), as: 'failed: callerWrongNumber, by carrier' },
      { callee: callee('113'), as: 'disconnected: callerAbandon, by carrier' },
      { callee: callee('104'), as: 'disconnected: calleeBusy, by carrier' },
      { callee: callee('105'), as: 'failed: calleeDeclined, by carrier' },
      { callee: callee('103'), as: 'failed: calleeNoAnswer, by carrier', ringTimeout: 1 },
      { callee: callee('114'), as: 'failed: calleeNoAnswer, by carrier' },
      { callee: callee('108'), as: 'failed: calleeNoAnswer, by carrier' },
      { callee: callee('115'), as: 'failed: calleeNoAnswer, by carrier', ringTimeout: 1 },
      { callee: callee('106'), as: 'failed: calleeWrongNumber, by carrier' },
      { callee: callee('116'), as: 'failed: calleeNotRegistered, by carrier' },
      { callee: callee('117'), as: 'failed: calleeForbidden, by carrier' },
      { callee: callee('118'), as: 'failed: noCommonMedia, by carrier' },
      { callee: callee('119'), as: 'failed: calleeFailure, by carrier' },
      { callee: callee('109'), as: 'failed: networkFailure, by carrier' },
      { callee: callee('131'), as: 'disconnected: hangUp, by carrier' },
      { callee: callee('141'), as: 'disconnected: hangUp, by carrier' },
      { callee: callee('107'), as: 'disconnected: networkFailure, by carrier' },
    ],
  };
}
