import { InvalidInput } from '../../platform/domain-error.ts';
import { normalizePassword } from './password.ts';

/** Length of a new password in characters (Unicode code points). */
export const PASSWORD_LENGTHS = { min: 8, max: 1024 };
/** The rules, for people who choose a password. */
export const PASSWORD_RULES = `At least ${PASSWORD_LENGTHS.min} characters, not a common password, and not the user name.`;
/** Passwords to refuse, the most common first (OWASP ASVS 5.0 section 6.2.4). Shorter ones are refused anyway. */
const COMMON_PASSWORDS = 3000;

/**
 * Checks a password that someone chooses, for themselves or for another user. Only the demo users have others.
 * @param field name of the input, for the error
 * @throws InvalidInput
 */
export async function checkNewPassword(password: string, userName: string, field: string): Promise<void> {
  const { min, max } = PASSWORD_LENGTHS;
  // One character may stand for many when normalized, and spaces around a password add little.
  const forms = [password, normalizePassword(password)];
  if (forms.some((form) => lengthOf(form.trim()) < min || lengthOf(form) > max))
    throw new InvalidInput(
      field,
      `The new password must have ${min} to ${max} characters. Spaces around it do not count.`,
    );
  const folded = foldPassword(password);
  if (folded === foldPassword(userName))
    throw new InvalidInput(field, 'The new password must not be the user name.');
  commonPasswords ??= loadCommonPasswords();
  if ((await commonPasswords).has(folded))
    throw new InvalidInput(
      field,
      `The new password is one of the ${COMMON_PASSWORDS.toLocaleString('en')} most common ones. Choose another.`,
    );
}

function lengthOf(text: string): number {
  return [...text].length;
}

/** Guesses ignore case and surrounding spaces, so the comparison does, too. */
function foldPassword(password: string): string {
  return normalizePassword(password).toLowerCase().trim();
}

let commonPasswords: Promise<ReadonlySet<string>> | undefined;

/** Loads the list when it is first needed: it takes 20 ms, which the start should not. */
async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const ranked = dictionary['passwords-common'].filter((each) => lengthOf(each) >= PASSWORD_LENGTHS.min);
  return new Set(ranked.slice(0, COMMON_PASSWORDS));
}
