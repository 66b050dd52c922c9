import { InvalidInput } from '../../platform/domain-error.ts';

export const MAX_NAME_LENGTH = 100;

/**
 * Control characters, invisible characters (zero width, changes of the writing direction, selectors of variants, lone surrogates),
 * line separators, and a letter that looks like a space. With them, a client could show another name than its own.
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

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
  if (name !== name.trim()) return 'must not begin or end with a space';
  return undefined;
}
