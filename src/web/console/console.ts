import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Config } from '../../config/config.ts';
import type { ChangeSignal } from '../../core/calls/change-signal.ts';
import type { Core } from '../../core/core.ts';
import type { Clock } from '../../platform/clock.ts';
import { assetRoutes } from '../../platform/http/pages/asset-routes.ts';
import type { LiveFragments } from '../../platform/http/pages/live-fragments.ts';
import { sameOriginForms } from '../../platform/http/same-origin.ts';
import type { ConsoleGuard } from '../entry/entry.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import type { ConsoleCookie } from '../oauth/sign-in/console-cookie.ts';
import type { NewPasswordStep } from '../oauth/sign-in/new-password-step.ts';
import { surface } from '../surface.ts';
import { consoleAuditRoutes } from './audit/audit-routes.ts';
import { consoleBoardRoutes } from './board/board-routes.ts';
import { createBoardWatch } from './board/board-watch.ts';
import { consoleHangUpRoutes } from './board/hang-up-routes.ts';
import { consoleBrandRoutes } from './brand/brand-routes.ts';
import { consoleChartRoutes } from './charts/chart-routes.ts';
import { consoleClientListRoutes } from './clients/client-list-routes.ts';
import { consoleClientRoutes } from './clients/client-routes.ts';
import { consoleClientLogoutRoutes } from './clients/logout-routes.ts';
import { consoleCallRoutes } from './history/call-routes.ts';
import { consoleHistoryRoutes } from './history/history-routes.ts';
import { consoleRetentionRoutes } from './retention/retention-routes.ts';
import { createConsoleSecurity } from './security/console-security.ts';
import { PASSKEY_ASSETS } from './security/second-factor-forms.ts';
import { consoleSecondFactorRoutes } from './security/second-factor-routes.ts';
import { consoleSecurityRoutes } from './security/security-routes.ts';
import { createConsoleSignIn } from './session/console-sign-in.ts';
import { createConsoleGuard } from './session/session-guard.ts';
import { consoleSignInRoutes } from './session/sign-in-routes.ts';
import { createTokenRenewal } from './session/token-renewal.ts';
import { consoleUserAccessRoutes } from './users/user-access-routes.ts';
import { consoleUserDataRoutes } from './users/user-data-routes.ts';
import { consoleUserListRoutes } from './users/user-list-routes.ts';
import { consoleUserRoutes } from './users/user-routes.ts';
import { consoleWebhookRoutes } from './webhooks/webhook-routes.ts';

export interface ConsoleDeps {
  readonly config: Pick<Config, 'publicUrl' | 'maxOngoingCalls'>;
  readonly clock: Clock;
  readonly cookie: ConsoleCookie;
  readonly core: Pick<Core, 'administration' | 'consoleSessions' | 'secondFactors'>;
  readonly live: LiveFragments;
  readonly newPasswordStep: NewPasswordStep;
  readonly signIn: BrowserSignIn;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
}

export interface Console {
  /** Guards the routes with entry `console`. */
  readonly guard: ConsoleGuard;
  readonly routes: FastifyPluginAsyncTypebox;
}

/** The pages for administrators. */
export function createConsole(deps: ConsoleDeps): Console {
  const { config, clock, cookie, core, live, newPasswordStep, signIn, signal } = deps;
  const { auditLog, boards, brands, calls, clients, deliveries, grants } = core.administration;
  const { personalData, retention, secondFactors, statistics, users, webhooks } = core.administration;
  const { publicUrl, maxOngoingCalls } = config;
  const sessions = core.consoleSessions;

  const security = createConsoleSecurity({ sessions, secondFactors: core.secondFactors, brands, publicUrl });
  const renewToken = createTokenRenewal(cookie, publicUrl);
  const consoleSignIn = createConsoleSignIn({ signIn, sessions, cookie });
  const watch = createBoardWatch({ boards, signal, clock });

  return {
    guard: createConsoleGuard({ sessions, cookie, publicUrl }),

    routes: surface('console', async (app) => {
      await app.register(sameOriginForms, { publicUrl });
      await app.register(assetRoutes, { assets: PASSKEY_ASSETS });
      await app.register(consoleSignInRoutes, {
        newPasswordStep,
        signIn: consoleSignIn,
        sessions,
        cookie,
        publicUrl,
      });
      await app.register(consoleSecondFactorRoutes, { security, renewToken, publicUrl });
      await app.register(consoleSecurityRoutes, { security, renewToken, signIn: consoleSignIn });
      await app.register(consoleBoardRoutes, { boards, watch, live, signIn: consoleSignIn });
      await app.register(consoleHangUpRoutes, { calls });
      await app.register(consoleHistoryRoutes, { calls });
      await app.register(consoleCallRoutes, { calls, deliveries });
      await app.register(consoleUserListRoutes, { users, defaultLimit: maxOngoingCalls });
      await app.register(consoleUserRoutes, { users, grants });
      await app.register(consoleUserAccessRoutes, { users, grants });
      await app.register(consoleUserDataRoutes, { users, personalData, secondFactors });
      await app.register(consoleChartRoutes, { statistics });
      await app.register(consoleAuditRoutes, { auditLog });
      await app.register(consoleRetentionRoutes, { retention });
      await app.register(consoleBrandRoutes, { brands });
      await app.register(consoleClientListRoutes, { clients });
      await app.register(consoleClientRoutes, { clients, grants, webhooks });
      await app.register(consoleClientLogoutRoutes, { clients });
      await app.register(consoleWebhookRoutes, { clients, webhooks, deliveries });
    }),
  };
}
