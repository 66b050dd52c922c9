import { html } from 'ghtml';
import type { DomainError } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { CrossSiteForm } from '../../../platform/http/errors/request-errors.ts';
import { notice } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { ConsoleClosed } from '../session/console-errors.ts';
import { type ConsolePage, consolePage } from './console-page.ts';

/**
 * What an error of a page looks like in the console's frame.
 * @param again the page with the form again and what was wrong; undefined where that is of no help
 */
export function problemIn(
  current: ConsolePage['current'],
  again?: (...given: Parameters<ErrorPage>) => Promise<Page | undefined>,
): ErrorPage {
  return async (error, request, reply) => {
    const { administrator } = request;
    if (!administrator || error instanceof ConsoleClosed) return undefined;
    const page = error instanceof CrossSiteForm ? undefined : await again?.(error, request, reply);
    return (
      page ?? consolePage({ title: 'That did not work', current, administrator, body: body(error, current) })
    );
  };
}

function body({ message }: DomainError, current: string): string {
  return html`!${notice('problem', message)}
    <p><a href="${current}">Go on</a></p>`;
}
