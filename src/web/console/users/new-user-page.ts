import { html } from 'ghtml';
import { checkbox, textField } from '../../../platform/http/pages/elements.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { NEW_USER, USERS } from '../addresses.ts';
import { limitField, numbersField, passwordField, phoneField } from './user-form.ts';

/** As the form sends it. */
export interface TypedUser {
  readonly name?: string;
  readonly limit?: string;
  readonly numbers?: string;
  readonly phone?: string;
  readonly administrator?: string;
}

/** @param typed what was typed before, without the password */
export function newUserBody(typed: TypedUser, wrong?: string): string {
  const { name = '', limit = '', numbers = '', phone = '', administrator } = typed;
  return html`
    !${problemNotice(wrong)}
    <form method="post" action="${NEW_USER}" class="card">
      !${textField({
        name: 'name',
        label: 'Name',
        hint: 'What the user signs in with: letters, digits and . _ @ + -',
        value: name,
        maxLength: 64,
        required: true,
        autofocus: true,
        autocomplete: 'off',
      })}
      !${passwordField()}
      !${limitField(limit)}
      !${numbersField(numbers)}
      !${phoneField(phone)}
      !${checkbox({
        name: 'administrator',
        label: 'Administrator',
        hint: 'May enter this console and do everything in it.',
        checked: administrator === 'true',
      })}
      <div class="buttons">
        <button type="submit">Add the user</button>
        <a class="button quiet" href="${USERS}">Back to the users</a>
      </div>
    </form>`;
}
