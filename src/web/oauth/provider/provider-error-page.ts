import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { DatabaseConnectionFailed } from '../../../platform/database/database-errors.ts';
import type { ErrorDeclaration } from '../../../platform/declared-error.ts';
import { DomainError } from '../../../platform/domain-error.ts';
import { errorPage } from '../../../platform/http/errors/error-pages.ts';
import { InternalError } from '../../../platform/http/errors/request-errors.ts';
import { type Page, pageHeaders, renderPage } from '../../../platform/http/pages/page.ts';
import { formerInteractionPage } from '../consent/former-interaction.ts';
import type { FormerInteraction } from './adapters/interaction-adapter.ts';
import { explainError } from './forbidden-redirect-uris.ts';
import { providerPageContext } from './provider-page-context.ts';

/** What a user reads whom an application sent here with an invalid request. */
export const INVALID_REQUEST_PAGE = {
  title: 'The application sent an invalid request',
  advice:
    'You cannot fix this here. Go back to the application. If it happens again, report the message above to its developer.',
};

export type FindFormerInteraction = (uid: string) => Promise<FormerInteraction | undefined>;

/** @returns presents the provider's errors: a page for browsers, JSON for programs */
export function createErrorRenderer(findFormerInteraction: FindFormerInteraction) {
  return async (ctx: KoaContextWithOIDC, out: ErrorOut, { name, cause }: Error) => {
    if (ctx.accepts('json', 'html') !== 'html') {
      ctx.body = out;
      return;
    }
    if (cause instanceof DomainError) return renderProviderPage(ctx, errorPage(cause));
    // The browser comes from an interaction that was answered before, or too late. Its uid ends the path.
    if (name === 'SessionNotFound') {
      const former = await findFormerInteraction(ctx.path.slice(ctx.path.lastIndexOf('/') + 1));
      renderProviderPage(ctx, await formerInteractionPage(ctx.oidc.provider, former, ctx));
      return;
    }
    const { error } = out;
    const description = explainError(ctx, out.error_description);
    const message = description === undefined ? error : `${description} (${error})`;
    renderProviderPage(ctx, errorPage({ message, declaration: declarationOf(ctx.status) }));
  };
}

function declarationOf(status: number): ErrorDeclaration {
  if (status === 503) return DatabaseConnectionFailed.declaration;
  if (status >= 500) return InternalError.declaration;
  return {
    code: 'invalid_request',
    status,
    description: 'The application sent an invalid request.',
    page: INVALID_REQUEST_PAGE,
  };
}

export function renderProviderPage(ctx: KoaContextWithOIDC, page: Page): void {
  ctx.set(pageHeaders(page));
  ctx.body = renderPage(page, providerPageContext(ctx.res));
}
