/** One step of a script for sipp, as its XML. */
export type Step = string;

/** What sipp does with each call, step by step. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** The script as sipp reads it. */
export function scenarioXml({ name, steps }: Scenario): string {
  return `<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`;
}

export function receive(method: string): Step {
  return `<recv request="${method}" rrs="true"/>`;
}

/** Receives the INVITE that begins a call, and keeps what later messages need of it. */
export function receiveInvite(): Step {
  const kept = ['CSeq', 'Via', 'From', 'To', 'Contact'].map(
    (header, index) => `<ereg regexp="[^ ].*" search_in="hdr" header="${header}:" assign_to="${index + 1}"/>`,
  );
  const target = '<ereg regexp="sips?:[^>]*" search_in="var" variable="5" assign_to="6"/>';
  return `<recv request="INVITE" rrs="true"><action>${kept.join('')}${target}</action></recv>
    <Reference variables="1,2,3,4,5,6"/>`;
}

export function pause(ms: number): Step {
  return `<pause milliseconds="${ms}"/>`;
}

interface Response {
  readonly reason?: string;
  /** A description of PCMU on a port where nobody listens. */
  readonly sdp?: boolean;
  readonly headers?: readonly string[];
}

export const SDP: Response = { sdp: true };
const REASONS: Record<number, string> = {
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  487: 'Request Terminated',
};

/** Responds to the request that came last. */
export function respond(status: number, response: Response = {}): Step {
  return send(status, response, '[last_Via:]', '[last_CSeq:]');
}

/** Responds to the INVITE, after other requests have come. */
export function respondToInvite(status: number, response: Response = {}): Step {
  return send(status, response, 'Via: [$2]', 'CSeq: [$1]');
}

function send(status: number, { reason, sdp, headers = [] }: Response, via: string, cseq: string): Step {
  const final = status >= 200 ? ' retrans="500"' : '';
  return message(sdp || status > 299 ? final : '', [
    `SIP/2.0 ${status} ${reason ?? REASONS[status] ?? 'Whatever'}`,
    via,
    '[last_From:]',
    'To: [$4];tag=[pid]SIPp[call_number]',
    '[last_Call-ID:]',
    cseq,
    '[last_Record-Route:]',
    'Contact: <sip:[local_ip]:[local_port];transport=[transport]>',
    ...headers,
    ...(sdp ? DESCRIPTION : NO_BODY),
  ]);
}

const NO_BODY = ['Content-Length: 0', ''];

const DESCRIPTION = [
  'Content-Type: application/sdp',
  'Content-Length: [len]',
  '',
  'v=0',
  'o=sipp 1 1 IN IP4 [local_ip]',
  's=-',
  'c=IN IP4 [media_ip]',
  't=0 0',
  'm=audio [media_port] RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
];

/** A request of the phone itself, within the dialog of the INVITE that it answered. */
export function request(method: string, rest: readonly string[] = NO_BODY): Step {
  return message(method === 'ACK' ? '' : ' retrans="500"', [
    `${method} [$6] SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    'From: [$4];tag=[pid]SIPp[call_number]',
    'To: [$3]',
    '[last_Call-ID:]',
    `CSeq: 1 ${method}`,
    '[routes]',
    'Max-Forwards: 70',
    ...rest,
  ]);
}

function message(attributes: string, lines: readonly string[]): Step {
  return `<send${attributes}><![CDATA[\n${lines.join('\n')}\n\n]]></send>`;
}
