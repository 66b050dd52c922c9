import { Core } from '../../vendor/sip.js/index.js';
import { hostPort } from '../transport/next-hop.ts';
import {
  type ListenAddress,
  openTransport,
  type Receiver,
  type SipTransport,
} from '../transport/sip-transport.ts';
import type { Pem } from '../transport/stream-wire.ts';
import type { SipCounters } from '../transport/wire.ts';
import type { AgentContext, SipLog } from './agent-context.ts';
import { Dialog } from './dialog.ts';
import { Digest, keepBestChallenge, MAX_CHALLENGES } from './digest.ts';
import { Invitation } from './invitation.ts';
import type { InviteOptions } from './invite-message.ts';
import type { Leg, LegEvents } from './leg.ts';
import { METHODS, randomToken, readUri } from './message-parts.ts';
import { PhoneLeg } from './phone-leg.ts';
import { Realms, removeUntrustedChallenge } from './realms.ts';
import { Registration, type RegistrationStatus } from './registration.ts';
import { releaseInvitation } from './release.ts';
import { completeTarget, withoutTarget } from './remote-target.ts';
import { refusalFor } from './request-checks.ts';
import { restoreDialog } from './restore-dialog.ts';
import type { SavedDialog, SavedLeg } from './saved-leg.ts';
import { ServerProbes } from './server-probes.ts';
import {
  answerEarlyUpdate,
  answerLater,
  answerUnexpected,
  answerUnreadable,
  isExpected,
  limitLookUps,
} from './stateless-answers.ts';
import { restoreFields, withoutTelUris } from './tel-uris.ts';

export interface UserAgentConfig {
  readonly listen: ListenAddress;
  /** Where peers reach this node (Via, Contact); undefined: where it listens. */
  readonly advertise: HostPort | undefined;
  /** SIP URI of the outbound proxy, PBX or trunk that gets all requests. */
  readonly proxy: string | undefined;
  /** SIP URI at which `username` registers. */
  readonly registrar: string | undefined;
  /** For digest authentication. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Realms that get credentials, in addition to those of the proxy and the registrar. */
  readonly realms: readonly string[];
  /** Seconds (RFC 4028); a dead phone is found within half of them. */
  readonly sessionExpires: number;
  readonly tls: Pem;
  /** Log every message, without credentials. */
  readonly trace: boolean;
}

export interface HostPort {
  /** An IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

export interface UserAgentDeps {
  readonly log: SipLog;
  readonly counters?: SipCounters | undefined;
  /**
   * Whether a dialog that this process does not know, by its Call-ID and this side's tag, is a leg of an ongoing call. A request
   * within it is then refused for some seconds (RFC 3261 section 14.2), until a process has taken it over. Undefined: it gets 481.
   */
  readonly isOngoing?: (callId: string, tag: string) => Promise<boolean>;
  /** Timer T1 in milliseconds (RFC 3261 section 17.1.1.1). All other timers are proportional to it. Applies to the whole process. */
  readonly t1?: number;
}

export interface UserAgentStatus {
  readonly registration: 'none' | RegistrationStatus;
  readonly dialogs: number;
  /** Including messages that are being retransmitted; 0 some time after the last call. */
  readonly transactions: number;
}

export interface UserAgent {
  /** SIP URI of this node, as peers see it. */
  readonly contact: string;
  /** Where it listens, such as `udp:127.0.0.1:5060`. */
  readonly boundAddress: string;
  /**
   * Prepares a leg. Its method `call` sends the INVITE; `saved` must be stored before.
   * @throws SipFailure 484 if an address is not a SIP URI
   */
  prepareLeg(invite: InviteOptions, events: LegEvents): Leg;
  /**
   * Continues a confirmed leg of another process. The next request carries this node's Contact. @param saved as this
   * process has stored it, with `cseq` raised by SEQUENCE_RANGE: these numbers are its own
   */
  adoptLeg(saved: SavedDialog, events: LegEvents): Leg;
  /** Ends a leg of another process. @param saved as for `adoptLeg` @returns true if the phone confirmed the end, or if `saved` is unreadable */
  releaseLeg(saved: SavedLeg): Promise<boolean>;
  readonly status: () => UserAgentStatus;
  /** For how many milliseconds messages of peers have been waiting to be read. */
  backlogMs(): number;
  /** Sends nothing, because other processes continue the legs, and may have registered the same name. */
  close(): Promise<void>;
}

/** The user part of Contact. It is the same on all nodes, because sip.js matches requests of phones by it. */
const CONTACT_USER = 'clicktocall';
const T1 = 500;

const NO_COUNTERS: SipCounters = { message() {}, retransmission() {}, failure() {} };
const IGNORE_EVENTS: LegEvents = {
  ...{ ringing() {}, earlyMedia() {}, reInvite() {}, info() {}, ended() {}, forgotten() {} },
  changed: async () => true,
};

/**
 * Starts listening for SIP messages. Registers if there is a registrar.
 * @throws Error if the address is in use, or a certificate cannot be read
 */
export async function startUserAgent(
  config: UserAgentConfig,
  { log, counters = NO_COUNTERS, isOngoing, t1 = T1 }: UserAgentDeps,
): Promise<UserAgent> {
  Core.setT1(t1);
  const loggers = new Core.LoggerFactory();
  loggers.builtinEnabled = false;
  const dialogs = new Map<string, Dialog>();
  const abandoned = new WeakSet<Core.OutgoingRequestMessage>();
  const parserLog = loggers.getLogger('parser');
  const receiver = createReceiver(() => agent, { parserLog, realms: new Realms(config), isOngoing, log });
  const trace = config.trace
    ? (direction: string, peer: string, message: string) =>
        log.info({ peer, message }, `sip: ${direction} message`)
    : undefined;
  const transport = await openTransport(
    { listen: config.listen, tls: config.tls, counters, trace },
    receiver,
  );
  const core = createCore(config, transport, loggers, abandoned);

  const contact = core.configuration.contact.uri.toRaw();
  const agent: AgentContext = {
    core,
    transport,
    dialogs,
    abandoned,
    released: new Map(),
    maxChallenges: config.username === undefined ? 0 : MAX_CHALLENGES,
    counters,
    log,
    headers: [`Contact: <${contact}>`, `Allow: ${METHODS}`],
    sessionExpires: config.sessionExpires,
  };
  const probes = new ServerProbes(agent);
  transport.onSilent = (server) => {
    log.warn(
      { server: hostPort(server.address, server.port), host: server.name },
      'sip: server does not respond; using the other servers of its name until it answers a probe',
    );
    probes.start(server);
  };
  const registration =
    config.registrar && config.username
      ? new Registration(agent, config.registrar, config.username, log)
      : undefined;
  const adoptLeg: UserAgent['adoptLeg'] = (saved, events) =>
    new PhoneLeg(agent, { dialog: new Dialog(agent, restoreDialog(agent, saved), saved, events) });

  return {
    contact,
    boundAddress: `${config.listen.protocol}:${hostPort(config.listen.host, transport.port)}`,
    prepareLeg: (invite, events) =>
      new PhoneLeg(agent, { invitation: new Invitation(agent, invite, events) }),
    adoptLeg,
    releaseLeg: async (saved) => {
      try {
        if (saved.phase === 'calling') return await releaseInvitation(agent, saved);
        return await adoptLeg(saved, IGNORE_EVENTS).hangUp();
      } catch (err) {
        log.warn({ err, sipCallId: saved.callId }, 'sip: cannot read a saved leg; giving it up');
        return true;
      }
    },
    status: () => ({
      registration: registration?.status ?? 'none',
      dialogs: core.dialogs.size,
      transactions: core.userAgentClients.size + core.userAgentServers.size + transport.retransmitting,
    }),
    backlogMs: () => transport.backlogMs(),
    close: async () => {
      registration?.close();
      probes.close();
      for (const dialog of [...dialogs.values()]) dialog.finish();
      core.dispose();
      await transport.close();
    },
  };
}

/** Passes messages to sip.js, and works around its limits. @param agent exists before the first message arrives */
function createReceiver(
  agent: () => AgentContext,
  {
    parserLog,
    realms,
    isOngoing,
    log,
  }: {
    readonly parserLog: Core.Logger;
    readonly realms: Realms;
    readonly log: SipLog;
    readonly isOngoing: UserAgentDeps['isOngoing'] | undefined;
  },
): Receiver {
  const lookUp = isOngoing && limitLookUps(isOngoing);

  function parse(raw: string, status: number) {
    if (status === 401 || status === 407) return Core.Parser.parseMessage(keepBestChallenge(raw), parserLog);
    const message = Core.Parser.parseMessage(raw, parserLog);
    // sip.js leaves out a Request-URI of another scheme
    if (message instanceof Core.IncomingRequestMessage && message.ruri === undefined)
      return parseWithTelUris(raw);
    if (message !== undefined) return message;
    if (status >= 200) return Core.Parser.parseMessage(withoutTarget(raw), parserLog);
    return status === 0 ? parseWithTelUris(raw) : undefined;
  }

  function parseWithTelUris(raw: string) {
    const own = agent().core.configuration.contact.uri.toRaw();
    const message = Core.Parser.parseMessage(withoutTelUris(raw, own), parserLog);
    if (!(message instanceof Core.IncomingRequestMessage) || message.ruri === undefined) return undefined;
    restoreFields(message, raw);
    return message;
  }

  function receiveResponse(message: Core.IncomingResponseMessage): void {
    const { core, released } = agent();
    if (!core.userAgentClients.has(message.viaBranch + message.method)) {
      released.get(message.callId + message.fromTag)?.(message);
      return;
    }
    completeTarget(core, message);
    const realm = removeUntrustedChallenge(realms, core, message);
    if (realm !== undefined)
      log.warn(
        { realm, sipCallId: message.callId },
        'sip: ignored a challenge of an untrusted realm; no credentials sent',
      );
    core.receiveIncomingResponseFromTransport(message);
  }

  function receiveRequest(message: Core.IncomingRequestMessage): void {
    const { core, dialogs, headers } = agent();
    const dialog = dialogs.get(`${message.callId}${message.toTag}${message.fromTag}`);
    const isRepeated = core.userAgentServers.has(message.viaBranch);
    const refusal = isRepeated ? undefined : refusalFor(message);
    if (refusal !== undefined) core.replyStateless(message, refusal);
    else if (message.method === 'UPDATE' && !dialog && !isRepeated) answerEarlyUpdate(core, message, headers);
    else core.receiveIncomingRequestFromTransport(message);
    // sip.js answers the CANCEL, but not the request that it cancels
    if (message.method === 'CANCEL') dialog?.cancel(message.viaBranch);
  }

  function answer(response: string | undefined): void {
    if (response !== undefined)
      agent()
        .transport.send(response)
        .catch(() => {}); // the peer repeats its request
  }

  return {
    receive(raw, summary) {
      const { status = 0 } = summary;
      const message = parse(raw, status);
      if (message instanceof Core.IncomingResponseMessage) receiveResponse(message);
      else if (message instanceof Core.IncomingRequestMessage) receiveRequest(message);
      else {
        agent().counters.failure('malformed');
        answer(answerUnreadable(raw, summary));
      }
    },
    expects: (summary) => isExpected(agent(), summary),
    receiveUnexpected(raw, summary) {
      const response = answerUnexpected(raw, summary);
      if (lookUp === undefined || response === undefined || summary.toTag === undefined) answer(response);
      else
        lookUp(summary.callId, summary.toTag).then((ongoing) =>
          answer(ongoing ? answerLater(raw, summary) : response),
        );
    },
    isServerTransaction: (branch) => agent().core.userAgentServers.has(branch),
  };
}

function createCore(
  config: UserAgentConfig,
  transport: SipTransport,
  loggers: Core.LoggerFactory,
  abandoned: WeakSet<Core.OutgoingRequestMessage>,
): Core.UserAgentCore {
  const { advertise, listen, username, password, proxy } = config;
  const sentBy = hostPort(advertise?.host ?? listen.host, advertise?.port ?? transport.port);
  const parameter = listen.protocol === 'udp' ? '' : `;transport=${listen.protocol}`;
  const uri = readUri(`sip:${CONTACT_USER}@${sentBy}${parameter}`);
  return new Core.UserAgentCore({
    aor: uri,
    contact: { pubGruu: undefined, tempGruu: undefined, uri, toString: () => `<${uri.toRaw()}>` },
    displayName: '',
    loggerFactory: loggers,
    hackViaTcp: false,
    routeSet: proxy === undefined ? [] : [`<${/;lr\b/.test(proxy) ? proxy : `${proxy};lr`}>`],
    sipjsId: randomToken(),
    supportedOptionTags: ['timer'],
    supportedOptionTagsResponse: ['timer'],
    userAgentHeaderFieldValue: 'ClickToCall',
    viaForceRport: true,
    viaHost: sentBy,
    authenticationFactory: () =>
      username === undefined || password === undefined
        ? undefined
        : new Digest(loggers, { username, password }, (request) => abandoned.has(request)),
    transportAccessor: () => transport,
  });
}
