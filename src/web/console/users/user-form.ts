import { MAX_SIP_ADDRESS_LENGTH } from '../../../core/people/sip-address.ts';
import { MAX_LIMIT } from '../../../core/people/user-input.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { textArea, textField } from '../../../platform/http/pages/elements.ts';

/** The fields of users, as they are on more than one page. */

export function limitField(value: string): string {
  return textField({
    name: 'limit',
    label: 'Calls at once',
    hint: `Over all applications, 0 to ${MAX_LIMIT}. Calls that go on already stay.`,
    type: 'number',
    value,
    least: 0,
    most: MAX_LIMIT,
    required: true,
    numeric: true,
  });
}

export function numbersField(value: string): string {
  return textArea({
    name: 'numbers',
    label: 'Numbers, one a line',
    hint: 'The user’s own, such as +44 7700 900123. The first rings where an application names none.',
    value,
  });
}

export function phoneField(value: string): string {
  return textField({
    name: 'phone',
    label: 'SIP address',
    hint: 'Where the user’s own phone rings by SIP, such as sip:anna@pbx.example.com. Empty: where the configuration says.',
    value,
    maxLength: MAX_SIP_ADDRESS_LENGTH,
    autocomplete: 'off',
  });
}

export function passwordField(): string {
  return textField({
    name: 'password',
    label: 'New password',
    hint: 'Leave it empty to have one made, which is then shown once.',
    type: 'password',
    autocomplete: 'new-password',
    maxLength: 1024,
  });
}

/** Null for a field that was left empty. */
export function readPhone(text = ''): string | null {
  return text.trim() === '' ? null : text;
}

/** @throws InvalidInput */
export function readLimit(text = ''): number {
  if (!/^\d{1,9}$/.test(text.trim()))
    throw new InvalidInput('limit', `The limit must be a whole number from 0 to ${MAX_LIMIT}.`);
  return Number(text);
}
