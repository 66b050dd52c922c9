import { html } from 'ghtml';
import { hiddenFields, notice, textField } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';

export interface SignInForm {
  /** Where the form is sent. */
  readonly action: string;
  /** Hidden fields. */
  readonly hidden: Readonly<Record<string, string>>;
  /** The application that asks for access; undefined if no application sent the user. */
  readonly clientName?: string;
  /** What the user entered before. */
  readonly userName?: string | undefined;
  readonly wrong?: string | undefined;
}

export function signInPage({ action, hidden, clientName, userName, wrong }: SignInForm): Page {
  return {
    title: 'Sign in',
    form: clientName === undefined ? 'own' : 'flow',
    body: html`
      !${
        clientName === undefined
          ? html`<p>Sign in to see your calls and the applications that may open them.</p>`
          : html`<p><strong>${clientName}</strong> asks for access to your account. Sign in to continue.</p>`
      }
      !${wrong === undefined ? '' : notice('problem', wrong)}
      <form method="post" action="${action}" class="card">
        !${hiddenFields(hidden)}
        !${textField({ name: 'username', label: 'User name', value: userName, autocomplete: 'username', required: true, autofocus: !userName })}
        !${textField({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true, autofocus: Boolean(userName) })}
        <button type="submit">Sign in</button>
      </form>`,
  };
}
