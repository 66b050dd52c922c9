import { html } from 'ghtml';
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { pageHeaders, renderPage } from '../../http/pages/page.ts';

/** For people whom an application sent here with a request that cannot be answered; programs get the same as JSON. */
export async function renderProviderError(ctx: KoaContextWithOIDC, out: ErrorOut): Promise<void> {
  if (ctx.accepts('json', 'html') !== 'html') {
    ctx.body = out;
    return;
  }
  renderProviderPage(ctx, {
    title: 'That did not work',
    body: html`
      <p role="alert">${out.error_description ?? out.error}</p>
      <p>The application that sent you here has to mend this (${out.error}). Go back to it and try again.</p>`,
  });
}

export function renderProviderPage(ctx: KoaContextWithOIDC, page: Parameters<typeof renderPage>[0]): void {
  ctx.set(pageHeaders(page));
  ctx.body = renderPage(page);
}
