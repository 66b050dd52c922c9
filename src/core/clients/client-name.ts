import { InvalidInput } from '../../platform/domain-error.ts';

export const MAX_NAME_LENGTH = 100;

/**
 * Control characters, invisible characters (zero width, changes of the writing direction, lone surrogates), line separators, and
 * letters that look like a space. With them, a client could show another name than its own.
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\u034f/u;

/** @throws InvalidInput */
export function checkClientName(name: string): void {
  const problem = findNameProblem(name);
  if (problem !== undefined) throw new InvalidInput('name', `name ${problem}.`);
}

/** @returns such as `must have 1 to 100 characters`; undefined for a valid name */
export function findNameProblem(name: string): string | undefined {
  if (!/\S/.test(name) || [...name].length > MAX_NAME_LENGTH)
    return `must have 1 to ${MAX_NAME_LENGTH} characters, and not only spaces`;
  if (DECEPTIVE.test(name)) return 'must not contain control characters or invisible characters';
  return undefined;
}
