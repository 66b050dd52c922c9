import type { LetInPerson } from '../../entry/entry.ts';
import type { BrowserSession } from './browser-session.ts';
import type { BrowserSignIn } from './browser-sign-in.ts';

/** Where people sign in who were not sent by an application. */
export const SIGN_IN = '/sign-in';
/** Maximum length of the address to return to after the sign-in. */
export const LONGEST_RETURN = 2048;

/** Lets in people who are signed in, and sends others to sign in and back: after a form or for a very long address, to `home`. */
export function createPersonEntry(
  session: BrowserSession,
  signIn: Pick<BrowserSignIn, 'findAccount'>,
  home: string,
): LetInPerson {
  return async (request, reply) => {
    const userId = await session.userId(request, reply);
    const account = userId === undefined ? undefined : await signIn.findAccount(userId);
    if (userId !== undefined && account) return { userId, name: account.name };
    const leadsBack = request.method === 'GET' && request.url.length <= LONGEST_RETURN;
    const returnTo = leadsBack ? request.url : home;
    await reply.redirect(`${SIGN_IN}?${new URLSearchParams({ return_to: returnTo })}`, 303);
    return undefined;
  };
}
