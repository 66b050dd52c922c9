import { html } from 'ghtml';
import type { DeclaredError } from '../../declared-error.ts';
import { notice } from '../pages/elements.ts';
import type { Page } from '../pages/page.ts';
import { InternalError } from './request-errors.ts';

/** For errors whose declaration has no page. */
const GENERAL = {
  title: 'That did not work',
  advice: 'Go back, correct the problem, and try again.',
};

/**
 * Says what happened and what to do next, with links to other pages.
 * @param way a better way on, if there is one: escaped HTML
 */
export function errorPage(
  { message, declaration }: Pick<DeclaredError, 'message' | 'declaration'>,
  way = '',
): Page {
  const { status, page } = declaration;
  const { title, advice } = page ?? (status >= 500 ? InternalError.declaration.page : undefined) ?? GENERAL;
  return {
    title,
    body: html`
      !${notice('problem', message)}
      <p>${advice}</p>
      !${way}
      <p><a href="/">Home</a> · <a href="/account">My account</a></p>`,
  };
}
