import { SignInRefused } from '../core/people/people-errors.ts';
import { InvalidInput } from '../platform/domain-error.ts';

type ErrorType = abstract new (...args: never[]) => Error;

/**
 * Whether an error is about what a form sent, so that its page should show the form again with the message.
 * @param further error classes that the form may cause, too
 */
export function isFormError(error: Error, ...further: readonly ErrorType[]): boolean {
  return [InvalidInput, SignInRefused, ...further].some((type) => error instanceof type);
}
