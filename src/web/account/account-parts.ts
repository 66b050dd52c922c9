import type { ChangeSignal } from '../../core/calls/change-signal.ts';
import type { PersonCallService } from '../../core/calls/person-call-service.ts';
import type { GrantService } from '../../core/grants/grant-service.ts';
import type { OwnAccountService } from '../../core/people/own-account-service.ts';
import type { LiveFragments } from '../../platform/http/pages/live-fragments.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';

/** What the pages of My account are made of. */
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
