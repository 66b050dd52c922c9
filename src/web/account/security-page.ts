import { html } from 'ghtml';
import { OWN_PASSWORD_LENGTHS } from '../../core/people/own-account-service.ts';
import { actionButton, textField } from '../../platform/http/pages/elements.ts';
import { problemNotice } from '../../platform/http/pages/notices.ts';
import { ACCOUNT } from './account-frame.ts';

export function securityBody(userName: string, wrong?: string): string {
  const { min, max } = OWN_PASSWORD_LENGTHS;
  return html`
    <h2>Change password</h2>
    !${problemNotice(wrong)}
    <form method="post" action="${ACCOUNT}/security/password" class="card">
      <p>Whoever is signed in elsewhere with the old password is signed out, and applications have to be connected anew.
        This browser stays signed in.</p>
      <input type="hidden" name="username" value="${userName}" autocomplete="username">
      !${textField({ name: 'current_password', label: 'Current password', type: 'password', autocomplete: 'current-password', required: true })}
      !${textField({
        name: 'new_password',
        label: 'New password',
        type: 'password',
        autocomplete: 'new-password',
        required: true,
        hint: `At least ${min} characters: a few words are easier to remember than signs.`,
        minLength: min,
        maxLength: max,
      })}
      <button type="submit">Change password</button>
    </form>
    <h2>Sign out everywhere</h2>
    <div class="card">
      <p>Ends your sign-in in all browsers, this one too. What applications may do stays as it is: you withdraw that under
        <a href="${ACCOUNT}/applications">Applications</a>.</p>
      !${actionButton({ action: `${ACCOUNT}/security/sign-out-everywhere`, text: 'Sign out everywhere', tone: 'danger' })}
    </div>`;
}
