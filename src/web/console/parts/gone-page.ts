import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import type { DomainError } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { notice } from '../../../platform/http/pages/elements.ts';
import { administratorOf } from '../administrator.ts';
import { type ConsolePage, consolePage } from './console-page.ts';
import { problemIn } from './problem-page.ts';

/** What there is no page of, any more or at all, and what is left of it. */
export interface Gone {
  readonly error: new (name: string) => DomainError;
  readonly title: string;
  /** How it may have gone. */
  readonly perhaps: string;
  /** Where its calls are. */
  readonly calls: (request: FastifyRequest) => string;
}

/** As `problemIn`, for the page of one thing: links to it outlive it, as in the history. */
export function goneIn(
  current: ConsolePage['current'],
  { error: NotThere, title, perhaps, calls }: Gone,
): ErrorPage {
  return problemIn(current, async (error, request) => {
    if (!(error instanceof NotThere)) return undefined;
    const body = html`!${notice('problem', error.message)}
      <p>${perhaps} What is kept of its calls is in <a href="${calls(request)}">the history</a>.</p>
      <p><a href="${current}">Go on</a></p>`;
    return consolePage({ title, current, administrator: administratorOf(request), body });
  });
}
