import { butNot } from '../platform/configuration/values.ts';

/** The values for a template. */
export interface AddressValues {
  /** E.164; null for a user without a number. */
  readonly number: string | null;
  /** The name of the user who calls. */
  readonly name: string;
}

const PLACEHOLDER = /\{(\w*)\}/g;
const PLACEHOLDERS = ['number', 'digits', 'name'];

/**
 * Reads a template in which `{number}` (E.164), `{digits}` (E.164 without `+`) and `{name}` (the user's) are replaced.
 * @throws Error with one line that says what is wrong
 */
export function readTemplate(text: string): string {
  const unknown = [...text.matchAll(PLACEHOLDER)]
    .map(([, name = '']) => name)
    .find((name) => !PLACEHOLDERS.includes(name));
  if (unknown !== undefined)
    throw new Error(`must use {number}, {digits} or {name} between braces${butNot(text)}`);
  if (/[\s<>"]/.test(text)) throw new Error(`must have no spaces, quotes or angle brackets${butNot(text)}`);
  return text;
}

/**
 * Fills in a template. The name is escaped, so that it cannot become another part of the address.
 * @returns undefined if the template needs a number and there is none
 */
export function fillTemplate(template: string, { number, name }: AddressValues): string | undefined {
  if (number === null && /\{(number|digits)\}/.test(template)) return undefined;
  const values: Record<string, string> = {
    number: number ?? '',
    digits: number?.slice(1) ?? '',
    name: encodeURIComponent(name).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`),
  };
  return template.replace(PLACEHOLDER, (_, name: string) => values[name] ?? '');
}
