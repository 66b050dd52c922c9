import { InvalidInput } from '../../platform/domain-error.ts';
import { findNameProblem } from '../clients/client-name.ts';
import type { Colour } from './accent.ts';
import type { BrandLink, BrandSettings } from './brand.ts';

const MAX_LEGAL_LINKS = 6;
const MAX_URL_LENGTH = 2_000;
/** Where a link may lead: no address that a browser runs as a script. */
const SCHEMES = ['https:', 'http:', 'mailto:', 'tel:'];

/** Checks settings, and brings them into one form. @throws InvalidInput that names the setting */
export function readBrandSettings(settings: Partial<BrandSettings>): Partial<BrandSettings> {
  const { name, accent, accentDark, support, legal } = settings;
  return {
    ...(name !== undefined && { name: name === null ? null : readBrandName(name) }),
    ...(accent !== undefined && { accent: accent === null ? null : readColour('accent', accent) }),
    ...(accentDark !== undefined && {
      accentDark: accentDark === null ? null : readColour('accentDark', accentDark),
    }),
    ...(support !== undefined && { support: support === null ? null : readLink('support', support) }),
    ...(legal !== undefined && {
      legal: checkCount(legal).map((link, index) => readLink(`legal[${index}]`, link)),
    }),
  };
}

/** @throws InvalidInput */
function checkCount<Link>(legal: readonly Link[]): readonly Link[] {
  if (legal.length > MAX_LEGAL_LINKS)
    throw new InvalidInput('legal', `There must be at most ${MAX_LEGAL_LINKS} legal links.`);
  return legal;
}

/** @throws InvalidInput */
export function readBrandName(name: string): string {
  const problem = findNameProblem(name);
  if (problem !== undefined) throw new InvalidInput('name', `The name ${problem}.`);
  return name;
}

/** @throws InvalidInput */
export function readColour(field: 'accent' | 'accentDark', text: string): Colour {
  const colour = text.toLowerCase();
  if (!/^#[0-9a-f]{6}$/.test(colour))
    throw new InvalidInput(
      field,
      `The accent colour${field === 'accentDark' ? ' for dark mode' : ''} must be # and six hexadecimal digits, such as #0b6253.`,
    );
  return colour;
}

/** @throws InvalidInput */
export function readLink(field: string, { text, url }: BrandLink): BrandLink {
  const problem = findNameProblem(text);
  if (problem !== undefined)
    throw new InvalidInput(field, `The text of the ${kindOf(field)} link ${problem}.`);
  const parsed = URL.parse(url);
  if (!parsed || !SCHEMES.includes(parsed.protocol) || /\s/.test(url))
    throw new InvalidInput(
      field,
      `The address of the ${kindOf(field)} link must begin with https://, http://, mailto: or tel:, without spaces, such as https://example.com/privacy.`,
    );
  if (parsed.href.length > MAX_URL_LENGTH)
    throw new InvalidInput(
      field,
      `The address of the ${kindOf(field)} link must have at most ${MAX_URL_LENGTH} characters.`,
    );
  return { text, url: parsed.href };
}

function kindOf(field: string): string {
  return field === 'support' ? 'support' : 'legal';
}

/** Reads a link as people write it: `Privacy policy https://example.com/privacy`. @throws InvalidInput */
export function readWrittenLink(field: string, written: string): BrandLink {
  const [, text = '', url = ''] = /^(.*\S)\s+(\S+)$/.exec(written.trim()) ?? [];
  if (url === '')
    throw new InvalidInput(
      field,
      `A ${kindOf(field)} link must be its text and its address, such as Privacy policy https://example.com/privacy.`,
    );
  return readLink(field, { text, url });
}

/** Reads several links, as people write them. @throws InvalidInput */
export function readWrittenLinks(written: readonly string[]): BrandLink[] {
  return checkCount(written).map((link) => readWrittenLink('legal', link));
}

/** The form that `readWrittenLink` reads. */
export function writtenLink({ text, url }: BrandLink): string {
  return `${text} ${url}`;
}
