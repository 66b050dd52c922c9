import type { Image } from '../../platform/image.ts';
import { type Colour, readableAccent, type Scheme } from './accent.ts';

/** The name of a server without a brand. */
const PRODUCT = 'ClickToCall';

export interface BrandLink {
  readonly text: string;
  readonly url: string;
}

/** What a company sets as text. Null: not set. */
export interface BrandSettings {
  readonly name: string | null;
  readonly accent: Colour | null;
  /** Null: derived from `accent`. */
  readonly accentDark: Colour | null;
  readonly support: BrandLink | null;
  readonly legal: readonly BrandLink[];
}

export const BRAND_IMAGES = ['logo', 'logoDark', 'favicon'] as const;
export type BrandImage = (typeof BRAND_IMAGES)[number];

/** The brand of the company that runs the server, as its pages show it. */
export type Brand = BrandSettings & Readonly<Record<BrandImage, Image | null>>;

/** What the configuration sets: an administrator cannot change it. */
export type FixedBrand = Partial<Brand>;

export const NO_BRAND: Brand = {
  name: null,
  accent: null,
  accentDark: null,
  support: null,
  legal: [],
  logo: null,
  logoDark: null,
  favicon: null,
};

/** The name that pages and other programs show people. */
export function brandName({ name }: Pick<Brand, 'name'>): string {
  return name ?? PRODUCT;
}

/** The accent that pages use; undefined for their own. */
export function accentOf({ accent, accentDark }: Brand, scheme: Scheme): Colour | undefined {
  const chosen = scheme === 'light' ? accent : (accentDark ?? accent);
  return chosen === null ? undefined : readableAccent(chosen, scheme);
}

/** Says which of the chosen colours pages show otherwise, and why; one sentence each. */
export function accentCorrections(brand: Brand): string[] {
  const chosen = [
    ['light', brand.accent, 'darkened'],
    ['dark', brand.accentDark, 'lightened'],
  ] as const;
  return chosen.flatMap(([scheme, colour, change]) => {
    const used = colour === null ? null : readableAccent(colour, scheme);
    return colour === used
      ? []
      : [`In ${scheme} mode, ${colour} is ${change} to ${used} so that text stays readable.`];
  });
}
