import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { negotiate } from './representation.ts';

export interface Page {
  readonly title: string;
  /** HTML, escaped already: the work of a template. */
  readonly body: string;
  /**
   * For a page with a form: where the answer to it may redirect to, beside this server, such as a client's redirect
   * URI; '' for nowhere else. Undefined for a page without a form.
   */
  readonly formTarget?: string;
  /** Paths of scripts of this server. */
  readonly scripts?: readonly string[];
}

/** The whole document; the same frame around every page. */
export function renderPage({ title, body, scripts = [] }: Page): string {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · ClickToCall</title>
    <link rel="stylesheet" href="/assets/page.css">
    !${scripts.map((path) => html`<script src="${path}" defer></script>`)}
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      !${body}
    </main>
  </body>
</html>
`;
}

/**
 * The headers of a page: nothing but this server's own style and scripts, no framing. With a form `same-origin` as
 * Referrer-Policy: under `no-referrer` browsers send `Origin: null`, and the form could not be told from a forged one.
 */
export function pageHeaders({ formTarget, scripts = [] }: Page): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    ...(scripts.length > 0 ? ["script-src 'self'"] : []),
    formTarget === undefined ? "form-action 'none'" : `form-action 'self' ${formSource(formTarget)}`.trim(),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': formTarget === undefined ? 'no-referrer' : 'same-origin',
    'cache-control': 'no-store',
  };
}

/** Browsers get the page, programs the content as JSON. */
export function sendPageOrJson(
  request: FastifyRequest,
  reply: FastifyReply,
  { page, json }: { readonly page: Page; readonly json: object },
): FastifyReply {
  if (negotiate(request, 'json', 'html') === 'html') return sendPage(reply, page);
  return reply.header('cache-control', 'no-store').send(json);
}

export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply.headers(pageHeaders(page)).send(renderPage(page));
}

/** The source expression that covers a redirect URI: its origin, or its scheme for an installed application's own. */
function formSource(uri: string): string {
  const url = URL.parse(uri);
  if (!url) return '';
  return url.origin === 'null' ? url.protocol : url.origin;
}
