import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { negotiate } from '../representation.ts';
import { type Asset, HTMX, PAGE_STYLE, SENDING } from './assets.ts';
import { type PageBrand, type PageContext, type PageLink, pageContextOf } from './page-context.ts';

export interface Page {
  readonly title: string;
  /** Escaped HTML, from a template. */
  readonly body: string;
  /**
   * For a page with a form. `own`: the response stays on this server. `flow`: the page belongs to an authorization flow, whose
   * response may redirect to an application, and from there to any address (ADR 25). A page with a navigation has an own form.
   */
  readonly form?: 'own' | 'flow';
  readonly scripts?: readonly Asset[];
  readonly styles?: readonly Asset[];
  /** Whether its scripts connect to this server, for live content. */
  readonly connects?: boolean;
  /** Full width, for tables and charts; by default the page is a column of text. */
  readonly wide?: boolean;
  readonly navigation?: Navigation;
}

/** The navigation above the pages of an area, such as My account. */
export interface Navigation {
  /** Name of the area. */
  readonly label: string;
  readonly links: readonly { readonly href: string; readonly text: string }[];
  /** `href` of the current page. */
  readonly current: string;
  readonly userName: string;
  /** Action of the form that signs out. */
  readonly signOut: string;
}

/** The content security policy forbids eval and inline styles, so htmx must not use them. */
const HTMX_SETTINGS = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
});

/** Renders the whole document. */
export function renderPage(page: Page, { brand }: PageContext): string {
  const { title, body, styles = [], wide = false } = page;
  const scripts = scriptsOf(page);
  const styleSheets = [PAGE_STYLE, ...styles].map(({ url }) => url);
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    !${scripts.includes(HTMX) ? html`<meta name="htmx-config" content="${HTMX_SETTINGS}">` : ''}
    <title>${title === brand.name ? title : `${title} · ${brand.name}`}</title>
    <link rel="icon" href="${brand.icon}">
    !${[...styleSheets, ...(brand.style ? [brand.style] : [])].map((url) => html`<link rel="stylesheet" href="${url}">`)}
    !${scripts.map(({ url }) => html`<script src="${url}" defer></script>`)}
  </head>
  <body>
    !${page.navigation ? renderNavigation(page.navigation, brand) : html`<header>!${renderBrand(brand)}</header>`}
    <main id="main" tabindex="-1" class="${wide ? 'wide' : 'column'}">
      <h1>${title}</h1>
      !${body}
    </main>
    !${renderFooter(brand)}
  </body>
</html>
`;
}

/** The logo, or else the name: a link to the first page. */
export function renderBrand({ name, logo, logoDark }: PageBrand): string {
  const picture =
    logo &&
    html`<picture>
        !${logoDark ? html`<source media="(prefers-color-scheme: dark)" srcset="${logoDark.url}">` : ''}
        <img src="${logo.url}" alt="${name}" width="${String(logo.width)}" height="${String(logo.height)}">
      </picture>`;
  return html`<a class="brand" href="/">!${picture ?? html`${name}`}</a>`;
}

function renderFooter({ support, legal }: PageBrand): string {
  const links = support ? [support, ...legal] : legal;
  return links.length === 0 ? '' : html`<footer><ul>!${links.map(renderLink)}</ul></footer>`;
}

function renderLink({ text, url }: PageLink): string {
  return html`<li><a href="${url}">${text}</a></li>`;
}

function renderNavigation(
  { label, links, current, userName, signOut }: Navigation,
  brand: PageBrand,
): string {
  return html`<a class="skip" href="#main">Skip to the content</a>
    <header>
      !${renderBrand(brand)}
      <nav aria-label="${label}">
        <ul>
          !${links.map(
            ({ href, text }) =>
              html`<li><a href="${href}"!${href === current ? ' aria-current="page"' : ''}>${text}</a></li>`,
          )}
        </ul>
      </nav>
      <form method="post" action="${signOut}">
        <span>${userName}</span>
        <button type="submit" class="quiet">Sign out</button>
      </form>
    </header>`;
}

/**
 * The headers of a page: only styles, images and scripts of this server, no framing. A page with a form needs the Referrer-Policy
 * `same-origin`: with `no-referrer` browsers send `Origin: null`, and the server could not detect a forged form.
 */
export function pageHeaders(page: Page): Record<string, string> {
  const { connects = false } = page;
  const form = formOf(page);
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    ...(scriptsOf(page).length > 0 ? ["script-src 'self'"] : []),
    ...(connects ? ["connect-src 'self'"] : []),
    ...(form === 'flow' ? [] : [`form-action ${form === 'own' ? "'self'" : "'none'"}`]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': form === undefined ? 'no-referrer' : 'same-origin',
    'cache-control': 'no-store',
  };
}

/** Sends the page to browsers, and JSON to programs. */
export function sendPageOrJson(
  request: FastifyRequest,
  reply: FastifyReply,
  { page, json }: { readonly page: Page; readonly json: object },
): FastifyReply {
  if (negotiate(request, 'json', 'html') === 'html') return sendPage(reply, page);
  return reply.header('cache-control', 'no-store').send(json);
}

export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply.headers(pageHeaders(page)).send(renderPage(page, pageContextOf(reply.request)));
}

function formOf({ form, navigation }: Page): Page['form'] {
  return form ?? (navigation && 'own');
}

function scriptsOf(page: Page): readonly Asset[] {
  const { scripts = [] } = page;
  return formOf(page) === undefined ? scripts : [SENDING, ...scripts];
}
