import {
  pause,
  receive,
  receiveInvite,
  request,
  respond,
  type Scenario,
  SDP,
  type Step,
} from '../../peers/scenario-steps.ts';

const PICKED_UP: readonly Step[] = [receiveInvite(), respond(180), respond(200, SDP), receive('ACK')];
const HUNG_UP: readonly Step[] = [receive('BYE'), respond(200)];

/** A phone that answers, and then sends a re-INVITE without an offer. */
export function asksForAnOffer(): Scenario {
  return {
    name: 'asks for an offer',
    steps: [
      ...PICKED_UP,
      pause(500),
      request('INVITE', ['Contact: <sip:[local_ip]:[local_port]>', 'Content-Length: 0', '']),
      '<recv response="100" optional="true"/>',
      '<recv response="200"/>',
      request('ACK', ['Content-Type: application/sdp', 'Content-Length: [len]', '', ...DESCRIPTION]),
      ...HUNG_UP,
    ],
  };
}

/** A phone whose own offer is in progress when the first re-INVITE arrives. */
export function offersAtTheSameTime(): Scenario {
  return {
    name: 'offers at the same time',
    steps: [
      ...PICKED_UP,
      receive('INVITE'),
      respond(491, { reason: 'Request Pending' }),
      receive('ACK'),
      receive('INVITE'),
      respond(200, SDP),
      receive('ACK'),
      ...HUNG_UP,
    ],
  };
}

/** A phone that moves its media when it gets the offer to talk. */
export function movesItsMedia(port: number): Scenario {
  const moved = DESCRIPTION.map((line) => line.replace('[media_port]', String(port)));
  const response = [
    'SIP/2.0 200 OK',
    ...['[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]'],
    'Contact: <sip:[local_ip]:[local_port]>',
    ...['Content-Type: application/sdp', 'Content-Length: [len]', '', ...moved],
  ];
  return {
    name: 'moves its media',
    steps: [
      ...PICKED_UP,
      receive('INVITE'),
      `<send retrans="500"><![CDATA[\n${response.join('\n')}\n\n]]></send>`,
      receive('ACK'),
      ...HUNG_UP,
    ],
  };
}

const DESCRIPTION = [
  'v=0',
  'o=sipp 1 2 IN IP4 [local_ip]',
  's=-',
  'c=IN IP4 [media_ip]',
  't=0 0',
  'm=audio [media_port] RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
];
