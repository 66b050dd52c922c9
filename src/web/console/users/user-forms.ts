import { html } from 'ghtml';
import { PASSWORD_LENGTHS, PASSWORD_RULES } from '../../../core/people/password-rules.ts';
import { MAX_SIP_ADDRESS_LENGTH } from '../../../core/people/sip-address.ts';
import { MAX_LIMIT } from '../../../core/people/user-input.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { checkbox, textArea, textField } from '../../../platform/http/pages/elements.ts';
import { problemNotice } from '../../../platform/http/pages/notices.ts';
import { NEW_USER, USERS } from '../addresses.ts';

export function limitField(value: string): string {
  return textField({
    name: 'limit',
    label: 'Simultaneous calls',
    hint: `Over all applications, 0 to ${MAX_LIMIT}. A lower limit ends no ongoing call.`,
    type: 'number',
    value,
    min: 0,
    max: MAX_LIMIT,
    required: true,
    numeric: true,
  });
}

export function numbersField(value: string): string {
  return textArea({
    name: 'numbers',
    label: 'Numbers, one per line',
    hint: 'The user’s own, such as +44 7700 900123. The first one rings unless an application chooses another.',
    value,
  });
}

export function phoneField(value: string): string {
  return textField({
    name: 'phone',
    label: 'SIP address',
    hint: 'Where the user’s phone rings, such as sip:anna@pbx.example.com. Leave it empty to use the address from the configuration.',
    value,
    maxLength: MAX_SIP_ADDRESS_LENGTH,
    autocomplete: 'off',
  });
}

export function passwordField(): string {
  return textField({
    name: 'password',
    label: 'New password',
    hint: `${PASSWORD_RULES} Leave it empty to generate one, which is shown only once.`,
    type: 'password',
    autocomplete: 'new-password',
    maxLength: PASSWORD_LENGTHS.max,
  });
}

export function passwordChangeCheckbox(checked: boolean): string {
  return checkbox({
    name: 'change_required',
    label: 'Must be changed at the next sign-in',
    hint: 'The user then chooses a password that only the user knows. The sign-in of classic applications does not ask for it.',
    checked,
  });
}

/** Null for an empty field. */
export function readPhone(text = ''): string | null {
  return text.trim() === '' ? null : text;
}

/** @throws InvalidInput */
export function readLimit(text = ''): number {
  if (!/^\d{1,9}$/.test(text.trim()))
    throw new InvalidInput('limit', `The limit must be a whole number from 0 to ${MAX_LIMIT}.`);
  return Number(text);
}

/** The fields of the form for a new user, without the password. */
export interface TypedUser {
  readonly name?: string;
  readonly limit?: string;
  readonly numbers?: string;
  readonly phone?: string;
  readonly administrator?: string;
  readonly change_required?: string;
}

export function newUserForm(typed: TypedUser, wrong?: string): string {
  const { name = '', limit = '', numbers = '', phone = '', administrator, change_required } = typed;
  return html`
    !${problemNotice(wrong)}
    <form method="post" action="${NEW_USER}" class="card">
      !${textField({
        name: 'name',
        label: 'Name',
        hint: 'The name for signing in: letters, digits and . _ @ + -',
        value: name,
        maxLength: 64,
        required: true,
        autofocus: wrong === undefined,
        autocomplete: 'off',
      })}
      !${passwordField()}
      !${passwordChangeCheckbox(change_required === 'true')}
      !${limitField(limit)}
      !${numbersField(numbers)}
      !${phoneField(phone)}
      !${checkbox({
        name: 'administrator',
        label: 'Administrator',
        hint: 'Has full access to this console.',
        checked: administrator === 'true',
      })}
      <div class="buttons">
        <button type="submit">Add user</button>
        <a class="button quiet" href="${USERS}">Back to users</a>
      </div>
    </form>`;
}
