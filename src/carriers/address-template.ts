/** What an address is made of. */
export interface AddressParts {
  /** E.164; null for a user without a number. */
  readonly number: string | null;
  /** Of the user who calls. */
  readonly name: string;
}

const PLACE = /\{(\w*)\}/g;
const PLACES = ['number', 'digits', 'name'];

/**
 * Reads a template in which `{number}` (E.164), `{digits}` (E.164 without `+`) and `{name}` (the user's) are replaced.
 * @throws Error with one line on what is wrong
 */
export function readTemplate(text: string): string {
  const unknown = [...text.matchAll(PLACE)]
    .map(([, name = '']) => name)
    .find((name) => !PLACES.includes(name));
  if (unknown !== undefined) throw new Error(`knows {number}, {digits} and {name}, not {${unknown}}`);
  if (/[\s<>"]/.test(text)) throw new Error(`must hold no spaces, quotes or angle brackets: "${text}"`);
  return text;
}

/**
 * Fills a template in; a name is escaped, so that it cannot become another part of the address.
 * @returns undefined where the template wants a number and there is none
 */
export function fillTemplate(template: string, { number, name }: AddressParts): string | undefined {
  if (number === null && /\{(number|digits)\}/.test(template)) return undefined;
  const parts: Record<string, string> = {
    number: number ?? '',
    digits: number?.slice(1) ?? '',
    name: encodeURIComponent(name).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`),
  };
  return template.replace(PLACE, (_, place: string) => parts[place] ?? '');
}
