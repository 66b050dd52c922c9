import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { Logger } from '../platform/logger.ts';
import type { SealedBox } from '../platform/secrets/sealed-box.ts';
import type { Shutdown } from '../platform/shutdown.ts';
import type { Administration } from './administration.ts';
import { createAuditLog } from './audit/audit-log.ts';
import type { LogoutMeter } from './back-channel-logout/logout-metrics.ts';
import {
  LOGOUT_TIMEOUT_MS,
  type LogoutNoticesDeps,
  startLogoutNotices,
} from './back-channel-logout/logout-notices.ts';
import type { BrandService } from './brand/brand-service.ts';
import type { OpeningMeter } from './calls/call-metrics.ts';
import type { CarrierChoice, FindRecording } from './calls/call-options.ts';
import type { CallService } from './calls/call-service.ts';
import { type CallsDeps, createCalls } from './calls/calls.ts';
import type { ChangeSignal } from './calls/change-signal.ts';
import type { UserCallService } from './calls/user-call-service.ts';
import { createClientService, type MetadataCheck } from './clients/client-service.ts';
import type { RedirectUriPolicy } from './clients/redirect-uris.ts';
import { createAdministrationCheck } from './console-sessions/administration-check.ts';
import { createSessionService, type SessionService } from './console-sessions/session-service.ts';
import { type CallEventService, createCallEventService } from './events/call-event-service.ts';
import { createEvents } from './events/create-events.ts';
import { createSender } from './events/deliveries/sender.ts';
import { checkSinkUrl } from './events/deliveries/sink-url.ts';
import { createLiveStreams, type LiveStreams } from './events/live-streams.ts';
import { createGrantService } from './grants/grant-service.ts';
import type { NewPasswordTickets } from './people/new-password-tickets.ts';
import type { OwnAccountService } from './people/own-account-service.ts';
import type { HashingMeter } from './people/password-metrics.ts';
import { createPeople } from './people/people.ts';
import type { SignIn } from './people/sign-in.ts';
import { startErasureJob } from './personal-data/erasure.ts';
import { createPersonalDataService } from './personal-data/personal-data-service.ts';
import type { DiallingPolicy } from './phone-numbers/dialling-policy.ts';
import { createRetention, type RetentionSettings, startRetention } from './retention/retention.ts';
import { createSecondFactorAdministration } from './second-factors/second-factor-administration.ts';
import {
  createSecondFactorService,
  type SecondFactorService,
} from './second-factors/second-factor-service.ts';
import { createStatistics } from './statistics/statistics-service.ts';
import { type AccessTokenService, createAccessTokenService } from './tokens/access-token-service.ts';

export interface CoreSettings {
  readonly publicUrl: string;
  readonly calls: CallsDeps['settings'];
  readonly retention: RetentionSettings;
  readonly secondFactorRequired: boolean;
  readonly redirectUriPolicy: RedirectUriPolicy;
  /** Private hosts to which deliveries and logout tokens are allowed, as `host` or `host:port`. */
  readonly sinkAllowHosts: readonly string[];
  /** The source of events, as CloudEvents name it. */
  readonly eventSource: string;
}

export interface CoreDeps {
  readonly settings: CoreSettings;
  readonly database: Database;
  readonly log: Logger;
  readonly clock: Clock;
  readonly secrets: SealedBox;
  readonly signal: ChangeSignal;
  readonly brands: BrandService;
  /** Gets what has to stop, also when the start fails. */
  readonly shutdown: Pick<Shutdown, 'add'>;
  readonly openingMeter: OpeningMeter | undefined;
  readonly hashingMeter: HashingMeter | undefined;
  readonly logoutMeter: LogoutMeter | undefined;
  readonly checkMetadata: MetadataCheck;
  readonly createLogoutMessage: LogoutNoticesDeps['createMessage'];
  readonly policy: DiallingPolicy;
  readonly chooseCarrier: (callee: string) => CarrierChoice;
  /** For how many milliseconds a carrier has been behind with its work. */
  readonly carrierBacklogMs: () => number;
  readonly findRecording: FindRecording;
}

/** The services of the core, whatever surface they are used by. */
export interface Core {
  readonly accessTokens: AccessTokenService;
  /** For applications with an access token. */
  readonly calls: CallService;
  readonly callEvents: CallEventService;
  readonly streams: LiveStreams;
  /** For signed-in users: their own account and calls. */
  readonly accounts: OwnAccountService;
  readonly userCalls: UserCallService;
  readonly signIn: SignIn;
  readonly newPasswordTickets: NewPasswordTickets;
  /** For signed-in administrators: their own sessions and second factors. */
  readonly consoleSessions: SessionService;
  readonly secondFactors: SecondFactorService;
  readonly administration: Administration;
}

/** Creates the services, and starts the jobs that keep their promises. */
export function createCore(deps: CoreDeps): Core {
  const { settings, database, log, clock, secrets, signal, brands, shutdown } = deps;
  const { publicUrl, secondFactorRequired } = settings;

  const { accounts, users, signIn, newPasswordTickets } = createPeople({
    database,
    secrets,
    clock,
    log,
    defaultCountry: settings.calls.defaultCountry,
    hashingMeter: deps.hashingMeter,
  });
  const { webhooks, deliveries, prepareSink } = shutdown.add(
    createEvents({
      allowHosts: settings.sinkAllowHosts,
      eventSource: settings.eventSource,
      database,
      secrets,
      signal,
      log,
    }),
  );
  const calls = shutdown.add(
    createCalls({
      database,
      settings: settings.calls,
      signal,
      policy: deps.policy,
      chooseCarrier: deps.chooseCarrier,
      carrierBacklogMs: deps.carrierBacklogMs,
      prepareSink,
      findRecording: deps.findRecording,
      openingMeter: deps.openingMeter,
      log,
    }),
  );
  shutdown.add(
    startLogoutNotices({
      database,
      sender: createSender({ allowHosts: settings.sinkAllowHosts, timeoutMs: LOGOUT_TIMEOUT_MS }),
      createMessage: deps.createLogoutMessage,
      meter: deps.logoutMeter,
      log,
    }),
  );
  shutdown.add(startErasureJob(database, log));
  shutdown.add(startRetention(database, settings.retention, log));

  return {
    accessTokens: createAccessTokenService(database, secondFactorRequired),
    calls: calls.own,
    callEvents: createCallEventService(database),
    streams: shutdown.add(createLiveStreams(database, signal, log)),
    accounts,
    userCalls: calls.ofUser,
    signIn,
    newPasswordTickets,
    consoleSessions: createSessionService({ database, secrets, secondFactorRequired }),
    secondFactors: createSecondFactorService({ database, secrets, clock, publicUrl, brands }),
    administration: {
      auditLog: createAuditLog(database),
      boards: calls.board,
      brands,
      calls: calls.administration,
      clients: createClientService({
        database,
        checkMetadata: deps.checkMetadata,
        redirectUriPolicy: settings.redirectUriPolicy,
        checkReceiverUrl: (url, field) => checkSinkUrl(url, settings.sinkAllowHosts, field),
      }),
      deliveries,
      grants: createGrantService(database, createAdministrationCheck(database, secondFactorRequired)),
      personalData: createPersonalDataService(database),
      retention: createRetention(database, settings.retention),
      secondFactors: createSecondFactorAdministration(database),
      statistics: createStatistics(database),
      users,
      webhooks,
    },
  };
}
