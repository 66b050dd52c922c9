import { html } from 'ghtml';
import { notice } from './elements.ts';

/** A notice of what was done. The query parameter `done` only selects a text, so that no text of the URL is shown. */
export function doneNotice(texts: Readonly<Record<string, string>>, done: string | undefined): string {
  const text = done !== undefined && Object.hasOwn(texts, done) ? texts[done] : undefined;
  return text === undefined ? '' : notice('done', text);
}

/** The error of a form. It has the focus when the page loads, and so is in view wherever the form is on the page. */
export function problemNotice(wrong: string | undefined): string {
  return wrong === undefined
    ? ''
    : html`<p class="notice problem" tabindex="-1" autofocus role="alert">${wrong}</p>`;
}
