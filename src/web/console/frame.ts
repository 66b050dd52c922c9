import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import type { DomainError } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { CrossSiteForm } from '../../platform/http/errors/request-errors.ts';
import { notice } from '../../platform/http/pages/elements.ts';
import type { Page } from '../../platform/http/pages/page.ts';
import type { Administrator } from '../entry/request-context.ts';
import {
  AUDIT_LOG,
  BRAND,
  CHARTS,
  CLIENTS,
  CONSOLE,
  HISTORY,
  RETENTION,
  SECURITY,
  SIGN_OUT,
  USERS,
} from './addresses.ts';
import { ConsoleClosed } from './session/console-errors.ts';

/** The areas of the console, in the order of its navigation. */
const AREAS = [
  { href: CONSOLE, text: 'Calls now' },
  { href: HISTORY, text: 'History' },
  { href: CHARTS, text: 'Charts' },
  { href: USERS, text: 'Users' },
  { href: CLIENTS, text: 'Applications' },
  { href: AUDIT_LOG, text: 'Audit log' },
  { href: RETENTION, text: 'Retention' },
  { href: BRAND, text: 'Brand' },
  { href: SECURITY, text: 'Security' },
] as const;

export type Area = (typeof AREAS)[number]['href'];

export interface ConsolePage extends Omit<Page, 'navigation'> {
  /** The area that the page belongs to. */
  readonly current: Area;
}

/** The frame around every page of the console. */
export function consolePage(request: FastifyRequest, { current, ...page }: ConsolePage): Page {
  const { name: userName } = administratorOf(request);
  return {
    wide: true,
    ...page,
    navigation: { label: 'Console', links: AREAS, current, userName, signOut: SIGN_OUT },
  };
}

/** The frame around a step of the sign-in: no navigation, but a button to sign out. */
export function stepPage(request: FastifyRequest, { body, ...page }: Omit<Page, 'navigation'>): Page {
  return {
    form: 'own',
    ...page,
    body: html`!${body}
      <form method="post" action="${SIGN_OUT}">
        <p class="soft">You are signing in as ${administratorOf(request).name}.</p>
        <button type="submit" class="quiet">Sign out</button>
      </form>`,
  };
}

/** The administrator who is signed in, on routes with entry `console`. */
export function administratorOf({ administrator }: FastifyRequest): Administrator {
  if (!administrator) throw new Error('the route does not have the entry console');
  return administrator;
}

/**
 * The error page of an area.
 * @param formPage the page that shows the form again, with the error; undefined for errors that are not about a form
 */
export function errorPageIn(
  current: Area,
  formPage?: (...given: Parameters<ErrorPage>) => Promise<Page | undefined>,
): ErrorPage {
  return async (error, request, reply) => {
    if (!request.administrator || error instanceof ConsoleClosed) return undefined;
    const page = error instanceof CrossSiteForm ? undefined : await formPage?.(error, request, reply);
    const body = html`!${notice('problem', error.message)}
      <p><a href="${current}">Continue</a></p>`;
    return page ?? consolePage(request, { title: 'Something went wrong', current, body });
  };
}

/** The error page for something that does not exist, or no longer does. */
export interface MissingPage {
  readonly error: new (name: string) => DomainError;
  readonly title: string;
  /** Why it may be missing. */
  readonly why: string;
  /** URL of the remaining calls. */
  readonly calls: (request: FastifyRequest) => string;
}

/** Like `errorPageIn`, for the page of one user or client. Links to it remain after it is removed, for example in the history. */
export function missingPageIn(current: Area, missing: MissingPage): ErrorPage {
  const { error: NotFound, title, why, calls } = missing;
  return errorPageIn(current, async (error, request) => {
    if (!(error instanceof NotFound)) return undefined;
    const body = html`!${notice('problem', error.message)}
      <p>${why} Any remaining calls are in <a href="${calls(request)}">the history</a>.</p>
      <p><a href="${current}">Continue</a></p>`;
    return consolePage(request, { title, current, body });
  });
}
