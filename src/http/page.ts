import type { FastifyReply } from 'fastify';
import { html } from 'ghtml';

export interface Page {
  readonly title: string;
  /** HTML, escaped already: the work of a template. */
  readonly body: string;
  /** Where the answer to a form of this page may redirect to, beside this server: a client's redirect URI. */
  readonly formTarget?: string | undefined;
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
 * The headers of a page: nothing but this server's own style and scripts, no framing. `same-origin` as Referrer-Policy,
 * because under `no-referrer` browsers send `Origin: null` with forms, which then could not be told from forged ones.
 */
export function pageHeaders({ formTarget, scripts = [] }: Page): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    ...(scripts.length > 0 ? ["script-src 'self'"] : []),
    `form-action 'self'${formTarget === undefined ? '' : ` ${formSource(formTarget)}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  };
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
