import { html } from 'ghtml';
import type { Page } from '../../http/pages/page.ts';
import { scopes } from '../access-tokens/access-token.ts';

export interface Asking {
  /** Where the form is sent. */
  readonly action: string;
  /** Sent along unseen. */
  readonly hidden: Readonly<Record<string, string>>;
  readonly clientName: string;
  /** '' when there is nowhere to return to: the device flow. */
  readonly redirectUri: string;
  readonly wrong?: string | undefined;
}

export function signInPage({ action, hidden, clientName, redirectUri, wrong }: Asking): Page {
  return {
    title: 'Sign in',
    formTarget: redirectUri,
    body: html`
      <p><strong>${clientName}</strong> asks for access. Sign in to decide.</p>
      !${wrong === undefined ? '' : html`<p role="alert">${wrong}</p>`}
      <form method="post" action="${action}">
        !${hiddenFields(hidden)}
        <label for="username">User name</label>
        <input id="username" name="username" autocomplete="username" autocapitalize="none" required autofocus>
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required>
        <button type="submit">Sign in</button>
      </form>`,
  };
}

export function consentPage(
  asking: Asking & { readonly scopes: readonly string[]; readonly userName: string },
): Page {
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

function hiddenFields(fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
}
