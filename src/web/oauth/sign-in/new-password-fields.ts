import { html } from 'ghtml';
import { Type } from 'typebox';
import { PASSWORD_LENGTHS, PASSWORD_RULES } from '../../../core/people/password-rules.ts';
import { textField } from '../../../platform/http/pages/elements.ts';

/** What a form with the fields below sends. The rules are checked with the password, whose error messages are better. */
export const NewPasswordFields = {
  new_password: Type.String(),
  repeat_password: Type.Optional(Type.String()),
};

/** The fields for choosing a password. @param userName for password managers */
export function newPasswordFields(userName: string, { autofocus = false } = {}): string[] {
  const field = { type: 'password', autocomplete: 'new-password', required: true } as const;
  const { min, max } = PASSWORD_LENGTHS;
  return [
    html`<input type="hidden" name="username" value="${userName}" autocomplete="username">`,
    textField({
      ...field,
      name: 'new_password',
      label: 'New password',
      hint: `${PASSWORD_RULES} A few words are easier to remember than symbols.`,
      autofocus,
      minLength: min,
      maxLength: max,
    }),
    textField({ ...field, name: 'repeat_password', label: 'Repeat password', maxLength: max }),
  ];
}
