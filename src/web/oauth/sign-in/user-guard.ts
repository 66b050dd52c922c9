import type { UserGuard } from '../../entry/entry.ts';
import type { BrowserSession } from './browser-session.ts';
import type { BrowserSignIn } from './browser-sign-in.ts';

/** The sign-in page for users whom no application sent. */
export const ACCOUNT_SIGN_IN = '/sign-in';
/** Of the URL to which the sign-in page returns. */
export const MAX_RETURN_LENGTH = 2048;

/**
 * Finds the user who is signed in. Redirects other browsers to the sign-in page, which returns to the requested page; after a
 * form, or if the URL is very long, to `home`. A user who signed in to the classic flow with a password that must be changed is
 * not signed in here.
 */
export function createUserGuard(
  session: BrowserSession,
  signIn: Pick<BrowserSignIn, 'findAccount'>,
  home: string,
): UserGuard {
  return async (request, reply) => {
    const userId = await session.findUserId(request, reply);
    const account = userId === undefined ? undefined : await signIn.findAccount(userId);
    if (userId !== undefined && account && !account.passwordChangeRequired)
      return { userId, name: account.name };
    const canReturn = request.method === 'GET' && request.url.length <= MAX_RETURN_LENGTH;
    const returnTo = canReturn ? request.url : home;
    await reply.redirect(`${ACCOUNT_SIGN_IN}?${new URLSearchParams({ return_to: returnTo })}`, 303);
    return undefined;
  };
}
