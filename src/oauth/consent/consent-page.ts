import { html } from 'ghtml';
import { hiddenFields } from '../../http/pages/elements.ts';
import type { Page } from '../../http/pages/page.ts';
import { scopes } from '../access-tokens/access-token.ts';

export interface ConsentAsked {
  /** Where the form is sent. */
  readonly action: string;
  /** Sent along unseen. */
  readonly hidden: Readonly<Record<string, string>>;
  readonly clientName: string;
  /** '' when there is nowhere to return to: the device flow. */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly userName: string;
}

export function consentPage(asking: ConsentAsked): Page {
  return {
    title: `Allow ${asking.clientName}?`,
    formTarget: asking.redirectUri,
    body: html`
      <p>You are signed in as <strong>${asking.userName}</strong>. <strong>${asking.clientName}</strong> asks to:</p>
      <ul>!${asking.scopes.map((scope) => html`<li>${scopes[scope] ?? scope}</li>`)}</ul>
      !${asking.redirectUri === '' ? '' : html`<p>You will return to ${placeOf(asking.redirectUri)}.</p>`}
      <form method="post" action="${asking.action}">
        !${hiddenFields(asking.hidden)}
        <button type="submit" name="grant" value="true">Allow</button>
        <button type="submit" name="grant" value="false">Refuse</button>
      </form>`,
  };
}

/** The host, or all of an address that has none. */
function placeOf(uri: string): string {
  return URL.parse(uri)?.host || uri;
}
