import {
  pause,
  receive,
  receiveInvite,
  request,
  respond,
  respondToInvite,
  type Scenario,
  SDP,
  type Step,
} from './scenario-steps.ts';

const RING_MS = 200;

/** A phone that rings, answers, agrees to every re-INVITE, and waits for BYE. */
export function answers(ringMs = RING_MS): Scenario {
  return {
    name: 'answers',
    steps: [receiveInvite(), respond(180), pause(ringMs), respond(200, SDP), receive('ACK'), ...talk()],
  };
}

/** A phone that answers, and hangs up when it has heard nothing for so long. */
export function hangsUpAfter(ms: number): Scenario {
  return {
    name: 'hangs up',
    steps: [
      receiveInvite(),
      respond(180),
      respond(200, SDP),
      receive('ACK'),
      '<label id="1"/>',
      `<recv request="INVITE" timeout="${ms}" ontimeout="2"/>`,
      respond(200, SDP),
      '<recv request="ACK" next="1"/>',
      '<label id="2"/>',
      request('BYE'),
      '<recv response="200"/>',
    ],
  };
}

/** A phone that rings, then refuses: 486 Busy Here, 603 Decline, 404 Not Found … */
export function refuses(status: number, reason: string): Scenario {
  return {
    name: `refuses with ${status}`,
    steps: [receiveInvite(), respond(180), respond(status, { reason }), receive('ACK')],
  };
}

/** The same, without ringing. */
export function refusesAtOnce(status: number, reason: string): Scenario {
  return {
    name: `refuses with ${status} at once`,
    steps: [receiveInvite(), respond(status, { reason }), receive('ACK')],
  };
}

/** A phone that nobody answers, until CANCEL. */
export function rings(): Scenario {
  return {
    name: 'rings',
    steps: [
      receiveInvite(),
      respond(180),
      receive('CANCEL'),
      respond(200),
      respondToInvite(487),
      receive('ACK'),
    ],
  };
}

/** A phone that is picked up in the moment when CANCEL arrives: its 200 has to be acknowledged, and ended. */
export function answersTheCancelled(): Scenario {
  return {
    name: 'answers the cancelled',
    steps: [
      receiveInvite(),
      respond(180),
      receive('CANCEL'),
      respond(200),
      respondToInvite(200, SDP),
      receive('ACK'),
      receive('BYE'),
      respond(200),
    ],
  };
}

/** A phone that takes CANCEL, and never says another word about its INVITE. */
export function forgetsTheCancelled(): Scenario {
  return {
    name: 'forgets the cancelled',
    steps: [receiveInvite(), respond(180), receive('CANCEL'), respond(200), pause(60_000)],
  };
}

/** A phone that hears, and never says a word: INVITE after INVITE. */
export function saysNothing(): Scenario {
  return { name: 'says nothing', steps: [receiveInvite(), pause(60_000)] };
}

/** A trunk that plays an announcement before the answer, in a reliable 183 (RFC 3262) that wants PRACK. */
export function announces(ms = RING_MS): Scenario {
  return {
    name: 'announces',
    steps: [
      receiveInvite(),
      respond(183, { sdp: true, headers: ['Require: 100rel', 'RSeq: 1'] }),
      receive('PRACK'),
      respond(200),
      pause(ms),
      respondToInvite(200, SDP),
      receive('ACK'),
      ...talk(),
    ],
  };
}

/** A phone that answers, and then refuses to talk of anything else: every re-INVITE. */
export function refusesReInvites(status: number, reason: string): Scenario {
  return {
    name: `refuses re-INVITEs with ${status}`,
    steps: [
      receiveInvite(),
      respond(180),
      respond(200, SDP),
      receive('ACK'),
      ...untilBye([respond(status, { reason })]),
    ],
  };
}

/** Up to BYE, which is answered; every re-INVITE is accepted. */
function talk(): Step[] {
  return untilBye([respond(200, SDP)]);
}

/** On a busy machine its 200 is repeated, and so is the ACK, which may arrive during the next exchange. */
function untilBye(toInvite: readonly Step[]): Step[] {
  return [
    '<label id="1"/>',
    '<recv request="ACK" optional="true" next="1"/>',
    '<recv request="BYE" optional="true" next="2"/>',
    receive('INVITE'),
    ...toInvite,
    '<recv request="ACK" next="1"/>',
    '<label id="2"/>',
    respond(200),
  ];
}
