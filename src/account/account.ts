import type { FastifyInstance } from 'fastify';
import type { PersonCallService } from '../calls/person-call-service.ts';
import type { ChangeSignal } from '../events/change-signal.ts';
import type { LiveFragments } from '../http/pages/live-fragments.ts';
import type { GrantService } from '../oauth/consent/grant-service.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import type { OwnAccountService } from '../people/own-account-service.ts';
import { applicationsRoutes } from './applications-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import { securityRoutes } from './security-routes.ts';
import { accountSignInRoutes } from './sign-in-routes.ts';

export interface AccountParts {
  readonly accounts: OwnAccountService;
  readonly calls: PersonCallService;
  readonly grants: GrantService;
  readonly session: BrowserSession;
  readonly signIn: BrowserSignIn;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly live: LiveFragments;
  readonly publicUrl: string;
}

/** My account: what people see and do of their own calls, applications and sign-in. */
export function account(parts: AccountParts) {
  return async (app: FastifyInstance): Promise<void> => {
    await app.register(accountSignInRoutes(parts));
    await app.register(overviewRoutes(parts));
    await app.register(historyRoutes(parts));
    await app.register(applicationsRoutes(parts));
    await app.register(securityRoutes(parts));
  };
}
