import { Core } from 'sip.js';
import type { Logger } from '../../../platform/logger.ts';
import { type SipConfig, warningOf } from '../sip-config.ts';
import { hostPort } from '../transport/next-hop.ts';
import type { Receiver } from '../transport/receiver.ts';
import type { SipCounters } from '../transport/sip-counters.ts';
import { openTransport, type SipTransport } from '../transport/sip-transport.ts';
import { type Agent, METHODS, readUri } from './agent.ts';
import { Dialog } from './dialog.ts';
import { Digest, keepBestChallenge } from './digest.ts';
import { Invitation } from './invitation.ts';
import type { LegEvents, UserAgent } from './leg.ts';
import { PhoneLeg } from './phone-leg.ts';
import { Realms, refuseChallenge } from './realms.ts';
import { answerToStranger, isExpected, refuseEarlyUpdate } from './refusals.ts';
import { Registration } from './registration.ts';
import { releaseInvitation } from './release.ts';
import { completeTarget, withoutTarget } from './remote-target.ts';
import { restoreDialog } from './restored-dialog.ts';
import { setTimers, token } from './sip-js-repairs.ts';

/** The user part of Contact. The same on all nodes: sip.js knows the requests of phones by it. */
const NAME = 'clicktocall';
const T1 = 500;

const IGNORED: LegEvents = { ringing() {}, earlyMedia() {}, reInvite() {}, ended() {}, changed() {} };

export interface UserAgentOptions {
  /** Milliseconds, from which all other times follow (RFC 3261 section 17.1.1.1); for the whole process. */
  readonly t1?: number;
}

/**
 * Listens for phones and calls them; registers where there is a registrar.
 * @throws Error where the address is taken, or a certificate cannot be read
 */
export async function startUserAgent(
  config: SipConfig,
  log: Pick<Logger, 'info' | 'warn'>,
  counters: SipCounters,
  { t1 = T1 }: UserAgentOptions = {},
): Promise<UserAgent> {
  setTimers(t1);
  const loggers = new Core.LoggerFactory();
  loggers.builtinEnabled = false;
  const parser = loggers.getLogger('parser');
  const dialogs = new Map<string, Dialog>();
  const realms = new Realms(config);
  const abandoned = new WeakSet<Core.OutgoingRequestMessage>();

  const receiver: Receiver = {
    receive(raw, { status = 0 }) {
      const challenged = status === 401 || status === 407;
      const answered = status >= 200 && status < 300;
      const message =
        Core.Parser.parseMessage(challenged ? keepBestChallenge(raw) : raw, parser) ??
        (answered ? Core.Parser.parseMessage(withoutTarget(raw), parser) : undefined);
      if (message instanceof Core.IncomingResponseMessage) {
        completeTarget(core, message);
        const realm = refuseChallenge(realms, core, message);
        if (realm !== undefined)
          log.warn({ realm, callId: message.callId }, 'No password is given to whom SIP_REALM does not name');
        core.receiveIncomingResponseFromTransport(message);
      } else if (message instanceof Core.IncomingRequestMessage) receiveRequest(message);
      else counters.failure('malformed');
    },
    expects: (summary) => isExpected(core, summary),
    turnAway(raw, summary) {
      const answer = answerToStranger(raw, summary);
      if (answer !== undefined) transport.send(answer).catch(() => {});
    },
    isServerTransaction: (branch) => core.userAgentServers.has(branch),
  };
  const receiveRequest = (message: Core.IncomingRequestMessage) => {
    const dialog = dialogs.get(`${message.callId}${message.toTag}${message.fromTag}`);
    const known = core.userAgentServers.has(message.viaBranch);
    if (message.method === 'UPDATE' && dialog && !known) dialog.update(message);
    else if (message.method === 'UPDATE' && !known) refuseEarlyUpdate(core, message, agent.headers);
    else core.receiveIncomingRequestFromTransport(message);
    // of which sip.js answers the CANCEL alone
    if (message.method === 'CANCEL') dialog?.cancel(message.viaBranch);
  };
  const trace = config.trace
    ? (direction: string, peer: string, message: string) => log.info({ peer, message }, `SIP ${direction}`)
    : undefined;
  const transport = await openTransport(
    { listen: config.listen, tls: config.tls, counters, trace },
    receiver,
  );
  const warning = warningOf(config);
  if (warning !== undefined) log.warn(warning);
  const core = createCore(config, transport, loggers, abandoned);

  const contact = core.configuration.contact.uri.toRaw();
  const agent: Agent = {
    ...{ core, transport, dialogs, abandoned, counters },
    headers: [`Contact: <${contact}>`, `Allow: ${METHODS}`],
    sessionExpires: config.sessionExpires,
  };
  const registration =
    config.registrar && config.username
      ? new Registration(agent, config.registrar, config.username, log)
      : undefined;
  const adoptLeg: UserAgent['adoptLeg'] = (saved, events) =>
    new PhoneLeg({ dialog: new Dialog(agent, restoreDialog(agent, saved), saved, events) });

  return {
    contact,
    prepareLeg: (to, from, offer, headers, events) =>
      new PhoneLeg({ invitation: new Invitation(agent, { to, from, offer, headers }, events) }),
    adoptLeg,
    releaseLeg: async (saved) => {
      try {
        if (saved.phase === 'calling') return await releaseInvitation(agent, saved);
        return await adoptLeg(saved, IGNORED).hangUp();
      } catch (err) {
        log.warn({ err, callId: saved.callId }, 'What is left of a leg cannot be read');
        return true;
      }
    },
    status: () => ({
      registration: registration?.status ?? 'none',
      dialogs: core.dialogs.size,
      transactions: core.userAgentClients.size + core.userAgentServers.size + transport.repeating,
    }),
    close: async () => {
      registration?.close();
      for (const dialog of [...dialogs.values()]) dialog.finish();
      core.dispose();
      await transport.close();
    },
  };
}

function createCore(
  config: SipConfig,
  transport: SipTransport,
  loggers: Core.LoggerFactory,
  abandoned: WeakSet<Core.OutgoingRequestMessage>,
): Core.UserAgentCore {
  const { advertise, listen, username, password, proxy } = config;
  const sentBy = hostPort(advertise?.host ?? listen.host, advertise?.port ?? transport.port);
  const parameter = listen.protocol === 'udp' ? '' : `;transport=${listen.protocol}`;
  const uri = readUri(`sip:${NAME}@${sentBy}${parameter}`);
  return new Core.UserAgentCore({
    aor: uri,
    contact: { pubGruu: undefined, tempGruu: undefined, uri, toString: () => `<${uri.toRaw()}>` },
    displayName: '',
    loggerFactory: loggers,
    hackViaTcp: false,
    routeSet: proxy === undefined ? [] : [`<${/;lr\b/.test(proxy) ? proxy : `${proxy};lr`}>`],
    sipjsId: token(),
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
