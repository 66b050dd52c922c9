import type { FastifyRequest } from 'fastify';
import type { Page } from '../../platform/http/pages/page.ts';
import type { SignedInUser } from '../entry/request-context.ts';

export const ACCOUNT = '/account' as const;
export const ACCOUNT_HISTORY = `${ACCOUNT}/history` as const;
export const ACCOUNT_APPLICATIONS = `${ACCOUNT}/applications` as const;
export const ACCOUNT_SECURITY = `${ACCOUNT}/security` as const;
export const ACCOUNT_SIGN_OUT = '/sign-out';

const LINKS = [
  { href: ACCOUNT, text: 'Overview' },
  { href: ACCOUNT_HISTORY, text: 'History' },
  { href: ACCOUNT_APPLICATIONS, text: 'Applications' },
  { href: ACCOUNT_SECURITY, text: 'Security' },
] as const;

export interface AccountPage extends Omit<Page, 'navigation' | 'form'> {
  readonly current: (typeof LINKS)[number]['href'];
}

/** The frame around every page of My account. */
export function accountPage(request: FastifyRequest, { current, ...page }: AccountPage): Page {
  const { name: userName } = signedInUserOf(request);
  return {
    ...page,
    navigation: { label: 'My account', links: LINKS, current, userName, signOut: ACCOUNT_SIGN_OUT },
  };
}

/** The user who is signed in, on routes with entry `user`. */
export function signedInUserOf({ signedInUser }: FastifyRequest): SignedInUser {
  if (signedInUser === null) throw new Error('the route does not have the entry user');
  return signedInUser;
}
