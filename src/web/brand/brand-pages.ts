import { createHash } from 'node:crypto';
import { SCHEMES, type Scheme } from '../../core/brand/accent.ts';
import { accentOf, type Brand, type BrandImage, brandName } from '../../core/brand/brand.ts';
import type { BrandService } from '../../core/brand/brand-service.ts';
import { ICON } from '../../platform/http/pages/assets.ts';
import type { PageBrand, PageImage } from '../../platform/http/pages/page-context.ts';
import type { Image } from '../../platform/image.ts';

export const BRAND_STYLE = '/assets/brand.css';
export const CLIENT_LOGOS = '/assets/client-logos';
export const IMAGE_PATHS = {
  logo: '/assets/brand/logo',
  logoDark: '/assets/brand/logo-dark',
  favicon: '/assets/brand/favicon',
} as const satisfies Record<BrandImage, string>;

/** A file of the brand. */
export interface BrandFile {
  readonly type: string;
  readonly content: Buffer | string;
  /** Changes with the content. */
  readonly version: string;
}

/** The current brand, as pages show it. */
export interface BrandPages {
  readonly brand: PageBrand;
  /** The colours; undefined for those of the pages themselves. */
  readonly style: BrandFile | undefined;
}

/** @returns a function that derives the pages' brand again only after a change */
export function createBrandPages(brands: Pick<BrandService, 'current'>): () => BrandPages {
  let source = brands.current;
  let pages = brandPagesOf(source);
  return () => {
    if (source !== brands.current) {
      source = brands.current;
      pages = brandPagesOf(source);
    }
    return pages;
  };
}

function brandPagesOf(brand: Brand): BrandPages {
  const { favicon, support, legal } = brand;
  const style = styleOf(brand);
  return {
    style,
    brand: {
      name: brandName(brand),
      logo: pageImage(brand, 'logo'),
      logoDark: pageImage(brand, 'logoDark'),
      icon: favicon ? `${IMAGE_PATHS.favicon}?v=${favicon.version}` : ICON.url,
      style: style && `${BRAND_STYLE}?v=${style.version}`,
      support: support ?? undefined,
      legal,
    },
  };
}

/** The address of an image, with its version; undefined if there is none. */
export function pageImage(brand: Brand, image: BrandImage): PageImage | undefined {
  const found = brand[image];
  return found ? shownAt(IMAGE_PATHS[image], found) : undefined;
}

/** @param image undefined for a client without a logo */
export function clientLogo(clientId: string, image: Image | undefined): PageImage | undefined {
  return image && shownAt(`${CLIENT_LOGOS}/${encodeURIComponent(clientId)}`, image);
}

function shownAt(path: string, { version, width, height }: Image): PageImage {
  return { url: `${path}?v=${version}`, width, height };
}

function styleOf(brand: Brand): BrandFile | undefined {
  const light = rule(brand, 'light');
  const dark = rule(brand, 'dark');
  if (light === '' && dark === '') return undefined;
  const content = `${light}\n@media (prefers-color-scheme: dark) {\n${dark}\n}\n`;
  const version = createHash('sha256').update(content).digest('base64url').slice(0, 8);
  return { type: 'text/css; charset=utf-8', content, version };
}

function rule(brand: Brand, scheme: Scheme): string {
  const accent = accentOf(brand, scheme);
  return accent === undefined
    ? ''
    : `:root { --accent: ${accent}; --on-accent: ${SCHEMES[scheme].onAccent}; }`;
}
