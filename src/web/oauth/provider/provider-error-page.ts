import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { advicePage } from '../../../platform/http/errors/error-pages.ts';
import { pageHeaders, renderPage } from '../../../platform/http/pages/page.ts';

/** For people whom an application sent here with a request that cannot be answered; programs get the same as JSON. */
export async function renderProviderError(ctx: KoaContextWithOIDC, out: ErrorOut): Promise<void> {
  if (ctx.accepts('json', 'html') !== 'html') {
    ctx.body = out;
    return;
  }
  const happened = out.error_description ?? out.error;
  renderProviderPage(
    ctx,
    ctx.status >= 500
      ? advicePage('Temporarily unavailable', happened, 'Wait a moment, then load this page again.')
      : advicePage(
          'The application sent an invalid request',
          happened,
          `Go back to the application and start again. If it happens again, report the message above (${out.error}) to its developer.`,
        ),
  );
}

export function renderProviderPage(ctx: KoaContextWithOIDC, page: Parameters<typeof renderPage>[0]): void {
  ctx.set(pageHeaders(page));
  ctx.body = renderPage(page);
}
