import { PasswordHashingBusy, SignInRefused } from '../core/people/people-errors.ts';
import { InvalidInput } from '../platform/domain-error.ts';

/**
 * The fields of a form that was refused, to show it again. A field that is not a single text, as no form of ours sends it,
 * is left out.
 * @param sent the body or the query, as the client sent it
 */
export function typedFields(sent: unknown): Readonly<Record<string, string>> {
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  return Object.fromEntries(Object.entries(sent ?? {}).filter(isText));
}

type ErrorType = abstract new (...args: never[]) => Error;

/**
 * Whether an error is about what a form sent, so that its page should show the form again with the message.
 * @param further error classes that the form may cause, too
 */
export function isFormError(error: Error, ...further: readonly ErrorType[]): boolean {
  return [InvalidInput, SignInRefused, PasswordHashingBusy, ...further].some((type) => error instanceof type);
}
