import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../core/audit/actor.ts';
import type { Page } from '../../platform/http/pages/page.ts';
import type { Person } from '../entry/request-context.ts';

export const ACCOUNT = '/account';
export const SIGN_OUT = '/sign-out';

const LINKS = [
  { href: ACCOUNT, text: 'Overview' },
  { href: `${ACCOUNT}/history`, text: 'History' },
  { href: `${ACCOUNT}/applications`, text: 'Applications' },
  { href: `${ACCOUNT}/security`, text: 'Security' },
] as const;

export type AccountPath = (typeof LINKS)[number]['href'];

/** A page of My account, in its frame. */
export function accountPage(
  request: FastifyRequest,
  current: AccountPath,
  page: Omit<Page, 'navigation' | 'formTarget'>,
): Page {
  const { name } = personOf(request);
  return {
    ...page,
    formTarget: '',
    navigation: { label: 'My account', links: LINKS, current, userName: name, signOut: SIGN_OUT },
  };
}

/** Who is signed in, on a route with entry `person`. */
export function personOf({ person }: FastifyRequest): Person {
  if (person === null) throw new Error('not a route for people who are signed in');
  return person;
}

export function actorOf(request: FastifyRequest): Actor {
  return { kind: 'user', userId: personOf(request).userId, ipAddress: request.ip };
}
