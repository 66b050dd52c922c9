import { html } from 'ghtml';
import type { Page } from '../../../platform/http/pages/page.ts';
import type { Administrator } from '../../entry/request-context.ts';
import { SIGN_OUT } from '../parts/console-page.ts';

/** A page on the way into the console: the only ways on are its forms, and out again. */
export function stepPage({
  administrator,
  body,
  ...page
}: Omit<Page, 'navigation'> & { readonly administrator: Administrator }): Page {
  return {
    formTarget: '',
    ...page,
    body: html`!${body}
      <form method="post" action="${SIGN_OUT}">
        <p class="soft">You are signing in as ${administrator.name}.</p>
        <button type="submit" class="quiet">Sign out</button>
      </form>`,
  };
}
