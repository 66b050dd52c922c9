import { html } from 'ghtml';
import { hiddenFields, notice, textField } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';

export interface SignInAsked {
  /** Where the form is sent. */
  readonly action: string;
  /** Sent along unseen. */
  readonly hidden: Readonly<Record<string, string>>;
  /** The application that asks for access; undefined when the person comes by themselves. */
  readonly clientName?: string;
  /** Where the application gets its answer; '' for nowhere else than here. */
  readonly redirectUri: string;
  readonly wrong?: string | undefined;
}

export function signInPage({ action, hidden, clientName, redirectUri, wrong }: SignInAsked): Page {
  return {
    title: 'Sign in',
    formTarget: redirectUri,
    body: html`
      !${
        clientName === undefined
          ? html`<p>Sign in to see your calls, and the applications that may open them.</p>`
          : html`<p><strong>${clientName}</strong> asks for access. Sign in to decide.</p>`
      }
      !${wrong === undefined ? '' : notice('problem', wrong)}
      <form method="post" action="${action}" class="card">
        !${hiddenFields(hidden)}
        !${textField({ name: 'username', label: 'User name', autocomplete: 'username', required: true, autofocus: true })}
        !${textField({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true })}
        <button type="submit">Sign in</button>
      </form>`,
  };
}
