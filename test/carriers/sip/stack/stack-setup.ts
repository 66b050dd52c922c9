import type { SipConfig } from '../../../../src/carriers/sip/sip-config.ts';
import type { SipCounters } from '../../../../src/carriers/sip/transport/sip-counters.ts';
import type { Leg, LegEvents, ReInvite, UserAgent } from '../../../../src/carriers/sip/user-agent/leg.ts';
import type { SavedLeg } from '../../../../src/carriers/sip/user-agent/saved-leg.ts';
import type { SipFailure } from '../../../../src/carriers/sip/user-agent/sip-failure.ts';
import { startUserAgent, type UserAgentOptions } from '../../../../src/carriers/sip/user-agent/user-agent.ts';
import { afterFile } from '../../../harness/clean-up.ts';

/** An offer of audio that no phone can send anything to: the port is that of discard. */
export const OFFER = [
  ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
  ...['m=audio 9 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=inactive', ''],
].join('\r\n');

export const CALLER = { uri: 'sip:+12025550100@clicktocall.test' };

/** What a user agent told its counters and its log. */
export interface Told {
  /** `sent INVITE`, `received 200 INVITE`. */
  readonly messages: string[];
  readonly retransmissions: string[];
  readonly failures: string[];
  readonly warnings: unknown[];
  readonly trace: { readonly direction: string; readonly message: string }[];
}

export interface TestAgent extends UserAgent {
  readonly told: Told;
}

const DEFAULTS: SipConfig = {
  listen: { protocol: 'udp', host: '127.0.0.1', port: 0 },
  advertise: undefined,
  proxy: undefined,
  registrar: undefined,
  username: undefined,
  password: undefined,
  realm: undefined,
  callerAddress: 'sip:{number}@127.0.0.1',
  calleeAddress: 'sip:{number}@127.0.0.1',
  calleeId: 'sip:{number}@127.0.0.1',
  callerId: 'sip:{number}@127.0.0.1',
  assertedIdentity: undefined,
  flow: 'early-offer',
  sessionExpires: 1800,
  tls: { cert: undefined, key: undefined, ca: undefined },
  trace: true,
};

/** Closed after the file's last test, if not before. */
export async function startAgent(
  config: Partial<SipConfig> = {},
  options: UserAgentOptions = {},
): Promise<TestAgent> {
  const told: Told = { messages: [], retransmissions: [], failures: [], warnings: [], trace: [] };
  const counters: SipCounters = {
    message: (direction, method, status) =>
      told.messages.push([direction, status, method].filter((each) => each !== undefined).join(' ')),
    retransmission: (method) => told.retransmissions.push(method),
    failure: (fault) => told.failures.push(fault),
  };
  const info = (entry: unknown, text?: string) => {
    if (!text?.startsWith('SIP ')) return;
    const { message } = entry as { message: string };
    told.trace.push({ direction: text.slice('SIP '.length), message });
    if (process.env['SIP_TRACE']) console.log(text, message);
  };
  const warn = (...entry: unknown[]) => told.warnings.push(entry.at(-1));
  const agent = await startUserAgent({ ...DEFAULTS, ...config }, { info, warn }, counters, options);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= agent.close();
    return closing;
  };
  afterFile(close);
  return { ...agent, close, told };
}

/** A leg, and what it told. */
export interface HeardLeg {
  readonly leg: Leg;
  readonly ringing: number[];
  readonly earlyMedia: string[];
  readonly reInvites: ReInvite[];
  readonly ended: ('bye' | SipFailure)[];
  readonly saved: SavedLeg[];
}

/** @param offer null: the phone is to make it */
export function prepare(agent: UserAgent, to: string, offer: string | null = OFFER): HeardLeg {
  return listen((events) => agent.prepareLeg(to, CALLER, offer ?? undefined, [], events));
}

export function listen(make: (events: LegEvents) => Leg): HeardLeg {
  const heard = { ringing: [], earlyMedia: [], reInvites: [], ended: [], saved: [] } as Omit<HeardLeg, 'leg'>;
  const leg = make({
    ringing: (code) => heard.ringing.push(code),
    earlyMedia: (sdp) => heard.earlyMedia.push(sdp),
    reInvite: (request) => heard.reInvites.push(request),
    ended: (cause) => heard.ended.push(cause),
    changed: (saved) => heard.saved.push(saved),
  });
  return { leg, ...heard };
}
