import { afterFile } from '../../../test/harness/clean-up.ts';
import type { SipFailure } from '../src/user-agent/failure.ts';
import type { InfoRequest, Leg, LegEvents, ReInvite } from '../src/user-agent/leg.ts';
import type { SavedLeg } from '../src/user-agent/saved-leg.ts';
import { startUserAgent, type UserAgent, type UserAgentConfig } from '../src/user-agent/user-agent.ts';

/** An offer of audio on the discard port, where nothing listens. */
export const OFFER = [
  ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
  ...['m=audio 9 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=inactive', ''],
].join('\r\n');

export const CALLER = { uri: 'sip:+12025550100@clicktocall.test' };

/** What a user agent counted and logged. */
export interface Recorded {
  /** `sent INVITE`, `received 200 INVITE`. */
  readonly messages: string[];
  readonly retransmissions: string[];
  readonly failures: string[];
  readonly warnings: string[];
  /** The fields of its errors. */
  readonly errors: object[];
  readonly trace: { readonly direction: string; readonly message: string }[];
}

export interface TestAgent extends UserAgent {
  readonly recorded: Recorded;
}

const DEFAULTS: UserAgentConfig = {
  listen: { protocol: 'udp', host: '127.0.0.1', port: 0 },
  advertise: undefined,
  proxy: undefined,
  registrar: undefined,
  username: undefined,
  password: undefined,
  realms: [],
  sessionExpires: 1800,
  tls: { cert: undefined, key: undefined, ca: undefined },
  trace: true,
};

const TRACED = /^sip: (received|sent) message$/;

/** Closed after the file's last test, if not before. `SIP_TRACE=1` prints every message. */
export async function startAgent(
  config: Partial<UserAgentConfig> = {},
  { t1 }: { readonly t1?: number } = {},
): Promise<TestAgent> {
  const recorded: Recorded = {
    messages: [],
    retransmissions: [],
    failures: [],
    warnings: [],
    errors: [],
    trace: [],
  };
  const agent = await startUserAgent(
    { ...DEFAULTS, ...config },
    {
      log: {
        info(fields, text) {
          const direction = TRACED.exec(text)?.[1];
          if (direction === undefined) return;
          const { message } = fields as { message: string };
          recorded.trace.push({ direction, message });
          if (process.env['SIP_TRACE']) console.log(direction, message);
        },
        warn: (_, text) => recorded.warnings.push(text),
        error: (fields) => recorded.errors.push(fields),
      },
      counters: {
        message: (direction, method, status) =>
          recorded.messages.push([direction, status, method].filter((each) => each !== undefined).join(' ')),
        retransmission: (method) => recorded.retransmissions.push(method),
        failure: (fault) => recorded.failures.push(fault),
      },
      ...(t1 === undefined ? {} : { t1 }),
    },
  );
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= agent.close();
    return closing;
  };
  afterFile(close);
  return { ...agent, close, recorded };
}

/** A leg, and the events that it reported. */
export interface ObservedLeg {
  readonly leg: Leg;
  readonly ringing: number[];
  readonly earlyMedia: string[];
  readonly reInvites: ReInvite[];
  readonly ended: ('bye' | SipFailure)[];
  readonly saved: SavedLeg[];
  readonly infos: InfoRequest[];
  /** The ids of records that are not needed any more. */
  readonly forgotten: string[];
}

/** @param offer null: the phone makes the offer */
export function prepare(agent: UserAgent, to: string, offer: string | null = OFFER): ObservedLeg {
  return observe((events) =>
    agent.prepareLeg({ to, from: CALLER, offer: offer ?? undefined, headers: [] }, events),
  );
}

export function observe(make: (events: LegEvents) => Leg): ObservedLeg {
  const events = {
    ringing: [],
    earlyMedia: [],
    reInvites: [],
    ended: [],
    saved: [],
    infos: [],
    forgotten: [],
  } as Omit<ObservedLeg, 'leg'>;
  const leg = make({
    ringing: (code) => events.ringing.push(code),
    earlyMedia: ({ sdp }) => events.earlyMedia.push(sdp),
    reInvite: (request) => events.reInvites.push(request),
    ended: (cause) => events.ended.push(cause),
    info: (request) => events.infos.push(request),
    async changed(saved) {
      events.saved.push(saved);
      return true;
    },
    forgotten: (id) => events.forgotten.push(id),
  });
  return { leg, ...events };
}
