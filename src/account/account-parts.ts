import type { PersonCallService } from '../calls/person-call-service.ts';
import type { ChangeSignal } from '../events/change-signal.ts';
import type { LiveFragments } from '../http/pages/live-fragments.ts';
import type { GrantService } from '../oauth/consent/grant-service.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import type { OwnAccountService } from '../people/own-account-service.ts';

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
