import type { ChangeSignal } from '../../core/calls/change-signal.ts';
import type { UserCallService } from '../../core/calls/user-call-service.ts';
import type { GrantService } from '../../core/grants/grant-service.ts';
import type { OwnAccountService } from '../../core/people/own-account-service.ts';
import type { LiveFragments } from '../../platform/http/pages/live-fragments.ts';
import { sameOriginForms } from '../../platform/http/same-origin.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import type { NewPasswordStep } from '../oauth/sign-in/new-password-step.ts';
import { surface } from '../surface.ts';
import { accountApplicationsRoutes } from './applications-routes.ts';
import { accountHistoryRoutes } from './history-routes.ts';
import { accountOverviewRoutes } from './overview-routes.ts';
import { accountSecurityRoutes } from './security-routes.ts';
import { accountSignInRoutes } from './sign-in-routes.ts';

export interface AccountDeps {
  readonly accounts: OwnAccountService;
  readonly calls: UserCallService;
  readonly grants: GrantService;
  readonly live: LiveFragments;
  readonly newPasswordStep: NewPasswordStep;
  readonly publicUrl: string;
  readonly session: BrowserSession;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly signIn: BrowserSignIn;
}

/** My account: the pages on which users see their own calls, applications and settings. */
export const account = surface<AccountDeps>('account', async (app, deps) => {
  const { accounts, calls, grants, live, newPasswordStep, publicUrl, session, signal, signIn } = deps;

  await app.register(sameOriginForms, { publicUrl });
  await app.register(accountSignInRoutes, { newPasswordStep, session, signIn, publicUrl });
  await app.register(accountOverviewRoutes, { accounts, calls, session, signal, live });
  await app.register(accountHistoryRoutes, { calls, grants });
  await app.register(accountApplicationsRoutes, { calls, grants });
  await app.register(accountSecurityRoutes, { accounts, session, signIn });
});
