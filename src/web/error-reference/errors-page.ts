import { html } from 'ghtml';
import type { ErrorDeclaration } from '../../platform/declared-error.ts';
import { whenToRetry } from '../../platform/http/errors/error-codes.ts';
import { titleOf } from '../../platform/http/errors/problem-details.ts';
import { facts } from '../../platform/http/pages/elements.ts';
import type { Page } from '../../platform/http/pages/page.ts';
import { API_NAMES, type ApiResponse, type CatalogEntry } from './error-catalog.ts';

type Errors = ReadonlyMap<string, readonly CatalogEntry[]>;

/** Describes each error under an anchor that is its code: the `type` of a problem refers to it. */
export function errorsPage(errors: Errors): Page {
  return {
    title: 'Errors',
    body: html`
      <p>Every error that an API of this server returns. The authorization server also returns the errors of OAuth 2.0. The
        code is for programs and does not change. The message of an error says what is wrong with the request; it may change.</p>
      !${[...errors].map(
        ([code, entries]) => html`
          <section>
            <h2 id="${code}">${titleOf(code)}</h2>
            <p><a href="#${code}"><code>${code}</code></a></p>
            !${entries.map(entryFacts)}
          </section>`,
      )}
      <p><a href="/docs">API reference</a></p>`,
  };
}

function entryFacts({ declaration, responses }: CatalogEntry): string {
  const { description, details = {} } = declaration;
  const retry = whenToRetry(declaration);
  return facts([
    ['When', inline(description)],
    ...responses.map((response): [string, string] => [
      API_NAMES[response.api],
      responseOf(response, declaration),
    ]),
    ['Retry', retry === undefined ? 'No: the request must change.' : inline(`${capitalized(retry)}.`)],
    ...Object.entries(details).map(([name, detail]): [string, string] => [name, inline(detail.description)]),
  ]);
}

/** The status, the code if the API has its own, and the further properties. */
function responseOf({ status, code, properties }: ApiResponse, declaration: ErrorDeclaration): string {
  const own = code === declaration.code ? [] : [`\`${code}\``];
  const names = properties.length === 0 ? [] : [`with ${properties.map((name) => `\`${name}\``).join(', ')}`];
  return inline([String(status), ...own, ...names].join(' '));
}

/** Escapes a text in Markdown, and shows what is between backticks as code. */
function inline(markdown: string): string {
  const parts = markdown.split('`').map((part, index) => (index % 2 === 0 ? html`${part}` : code(part)));
  return parts.join('');
}

function code(text: string): string {
  return html`<code>${text}</code>`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
