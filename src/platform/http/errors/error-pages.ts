import { html } from 'ghtml';
import { CallNotFound } from '../../../core/calls/call-errors.ts';
import * as authorization from '../../../core/grants/authorization-errors.ts';
import { TokenInvalid, TokenMissing } from '../../../core/tokens/access-token.ts';
import { DatabaseUnavailable } from '../../database/database-errors.ts';
import type { DomainError } from '../../domain-error.ts';
import { notice } from '../pages/elements.ts';
import type { Page } from '../pages/page.ts';
import { NotAcceptable } from '../representation.ts';
import { CrossSiteForm } from '../same-origin.ts';
import type { ErrorClass } from './error-statuses.ts';
import { MethodNotAllowed, NotFound } from './request-errors.ts';

interface Advice {
  readonly title: string;
  /** What the person can do now. */
  readonly next: string;
}

const FROM_APPLICATION: Advice = {
  title: 'The application asked wrongly',
  next: 'You can do nothing about this here. Go back to the application; if it happens again, tell whoever runs it what stands above.',
};
const FOR_PROGRAMS: Advice = {
  title: 'This address is for programs',
  next: 'Applications come here with a token. What people can see and do is on the pages below.',
};
const IN_GENERAL: Advice = {
  title: 'That did not work',
  next: 'Go back, change what stands above, and try again.',
};
const ON_OUR_SIDE: Advice = {
  title: 'Something went wrong on our side',
  next: 'It is not your fault. Try again in a while; if it happens again, tell whoever runs this server when it did.',
};

/** The first row that fits counts. */
const ADVICE: readonly (readonly [ErrorClass, Advice])[] = [
  [
    NotFound,
    {
      title: 'There is nothing here',
      next: 'Check the address for a slip, or go on from one of the pages below.',
    },
  ],
  [MethodNotAllowed, { title: 'This cannot be opened', next: 'Go on from one of the pages below.' }],
  [NotAcceptable, FOR_PROGRAMS],
  [TokenMissing, FOR_PROGRAMS],
  [TokenInvalid, FOR_PROGRAMS],
  [CrossSiteForm, { title: 'That came from somewhere else', next: 'Nothing was changed.' }],
  [
    authorization.InteractionLost,
    { title: 'This sign-in is over', next: 'Nothing was allowed, and nothing was changed.' },
  ],
  [authorization.ClientUnknown, FROM_APPLICATION],
  [authorization.RedirectUriMismatch, FROM_APPLICATION],
  [
    authorization.GrantNotFound,
    {
      title: 'There is nothing to withdraw',
      next: 'It was withdrawn already, perhaps in another window: look at your applications again.',
    },
  ],
  [
    CallNotFound,
    { title: 'There is no such call', next: 'Look at your calls again: this one may be long over.' },
  ],
  [
    DatabaseUnavailable,
    {
      title: 'We cannot answer just now',
      next: 'Wait a moment, then load this page again. Ongoing calls go on.',
    },
  ],
];

/** What happened, what to do next, and the way home. */
export function errorPage(error: DomainError, status: number): Page {
  const { title, next } = adviceOn(error, status);
  return pageOfAdvice(title, error.message, next);
}

/** The same for what the authorization server refuses by itself. */
export function pageOfAdvice(title: string, happened: string, next: string): Page {
  return {
    title,
    body: html`
      !${notice('problem', happened)}
      <p>${next}</p>
      <p><a href="/">The first page</a> · <a href="/account">My account</a></p>`,
  };
}

function adviceOn(error: DomainError, status: number): Advice {
  const [, advice] = ADVICE.find(([type]) => error instanceof type) ?? [];
  return advice ?? (status >= 500 ? ON_OUR_SIDE : IN_GENERAL);
}
