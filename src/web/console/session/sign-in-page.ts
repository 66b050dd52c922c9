import { html } from 'ghtml';
import { hiddenFields, notice, textField } from '../../../platform/http/pages/elements.ts';
import type { Page } from '../../../platform/http/pages/page.ts';
import { SIGN_IN } from '../return-to.ts';

export interface ConsoleSignIn {
  readonly returnTo: string;
  readonly userName?: string;
  readonly wrong?: string;
  /** Another site's link led here: then browsers keep the session to themselves, and somebody may be signed in after all. */
  readonly fromElsewhere: boolean;
}

export function consoleSignInPage({ returnTo, userName, wrong, fromElsewhere }: ConsoleSignIn): Page {
  return {
    title: 'Sign in to the console',
    formTarget: '',
    body: html`
      <p>The console is for administrators. What you do here is written to the audit log.</p>
      !${wrong === undefined ? '' : notice('problem', wrong)}
      <form method="post" action="${SIGN_IN}" class="card">
        !${hiddenFields({ return_to: returnTo })}
        !${textField({ name: 'username', label: 'User name', value: userName, autocomplete: 'username', required: true, autofocus: !userName })}
        !${textField({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true, autofocus: Boolean(userName) })}
        <button type="submit">Sign in</button>
      </form>
      !${fromElsewhere ? html`<p>Signed in already? <a href="${returnTo}">Go on to the console</a>.</p>` : ''}
      <p class="soft">You look for your own calls and applications? They are in <a href="/account">my account</a>.</p>`,
  };
}
