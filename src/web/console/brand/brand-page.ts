import { html } from 'ghtml';
import { SCHEMES, type Scheme } from '../../../core/brand/accent.ts';
import {
  accentCorrections,
  accentOf,
  type Brand,
  type BrandImage,
  type BrandSettings,
  brandName,
} from '../../../core/brand/brand.ts';
import { readWrittenLinks, writtenLink } from '../../../core/brand/brand-input.ts';
import { textArea, textField } from '../../../platform/http/pages/elements.ts';
import { doneNotice, problemNotice } from '../../../platform/http/pages/notices.ts';
import { pageImage } from '../../brand/brand-pages.ts';
import { BRAND, brandImageAddress } from '../addresses.ts';
import { linesOf, typedText } from '../forms.ts';
import { imageForm } from '../image-form.ts';

export const BrandFields = {
  name: typedText(400),
  accent: typedText(100),
  accent_dark: typedText(100),
  support_text: typedText(400),
  support_url: typedText(10_000),
  legal: typedText(50_000),
};

export type TypedBrand = { readonly [Field in keyof typeof BrandFields]?: string | undefined };

const DONE = { saved: 'The brand is saved. Other servers show it within a few seconds.' };

const IMAGES: readonly (readonly [image: BrandImage, label: string, hint: string, variable: string])[] = [
  ['logo', 'Logo', 'Shown instead of the name, 32 pixels high.', 'BRAND_LOGO'],
  [
    'logoDark',
    'Logo for dark mode',
    'Without it, the logo stands on a white background there.',
    'BRAND_LOGO_DARK',
  ],
  ['favicon', 'Icon', 'A square, which browsers show beside the title.', 'BRAND_FAVICON'],
];

/** As the page names it; empty for another name. */
export function imageLabel(image: BrandImage): string {
  return IMAGES.find(([name]) => name === image)?.[1] ?? '';
}

export interface ShownBrand {
  readonly brand: Brand;
  readonly fixed: readonly (keyof Brand)[];
  readonly done?: string | undefined;
  /** What was typed in a form that was refused; without it, the brand. */
  readonly typed?: TypedBrand | undefined;
  readonly wrong?: string | undefined;
}

export function brandBody({ brand, fixed, done, typed, wrong }: ShownBrand): string {
  const fields = { ...typedBrand(brand), ...typed }; // browsers do not submit what is fixed
  return html`
    !${doneNotice(DONE, done)}
    !${problemNotice(wrong)}
    !${accentCorrections(brand).map((text) => html`<p class="notice">${text}</p>`)}
    <p>People see the brand on all pages, and the name in authenticator apps and passkeys.</p>
    <form method="post" action="${BRAND}" class="card">
      !${settingFields(fields, fixed)}
      <button type="submit">Save</button>
    </form>
    <h2>Preview</h2>
    <div class="panels">!${preview(brand, 'light')}!${preview(brand, 'dark')}</div>
    <h2>Images</h2>
    <div class="panels">
      !${IMAGES.map(([image, label, hint, variable]) =>
        fixed.includes(image)
          ? html`<div class="card"><h3>${label}</h3><p class="hint">${fixedHint(variable)}</p></div>`
          : imageForm({
              id: image,
              label,
              hint,
              action: brandImageAddress(image),
              shown: pageImage(brand, image),
              dark: image === 'logoDark',
            }),
      )}
    </div>`;
}

function settingFields(typed: TypedBrand, fixed: readonly (keyof Brand)[]): string {
  /** The hint of a field, and whether the configuration sets its value. */
  const about = (setting: keyof BrandSettings, variable: string, hint: string) =>
    fixed.includes(setting) ? { hint: fixedHint(variable), fixed: true } : { hint };
  const support = (hint: string) => about('support', 'BRAND_SUPPORT', hint);
  const common = { autocomplete: 'off' } as const;
  return html`
    !${textField({ name: 'name', label: 'Name', value: typed.name, ...common, ...about('name', 'BRAND_NAME', 'Of your company. Empty: ClickToCall.') })}
    !${textField({ name: 'accent', label: 'Accent colour', value: typed.accent, ...common, ...about('accent', 'BRAND_ACCENT', 'Of buttons and links: # and six hexadecimal digits, such as #0b6253.') })}
    !${textField({ name: 'accent_dark', label: 'Accent colour for dark mode', value: typed.accent_dark, ...common, ...about('accentDark', 'BRAND_ACCENT_DARK', 'Empty: derived from the accent colour.') })}
    !${textField({ name: 'support_text', label: 'Support: text', value: typed.support_text, ...common, ...support('Such as Help desk. It is at the end of every page.') })}
    !${textField({ name: 'support_url', label: 'Support: link', value: typed.support_url, ...common, ...support('It begins with https://, http://, mailto: or tel:') })}
    !${textArea({ name: 'legal', label: 'Legal links, one per line', value: typed.legal, ...about('legal', 'BRAND_LEGAL', 'The text and the link of each, such as Privacy policy https://example.com/privacy') })}`;
}

function fixedHint(variable: string): string {
  return `The configuration of the server sets this (${variable}).`;
}

function typedBrand({ name, accent, accentDark, support, legal }: BrandSettings): TypedBrand {
  return {
    name: name ?? undefined,
    accent: accent ?? undefined,
    accent_dark: accentDark ?? undefined,
    support_text: support?.text,
    support_url: support?.url,
    legal: legal.map(writtenLink).join('\n'),
  };
}

/** @param fixed what the form cannot change. @throws InvalidInput */
export function readBrandForm(typed: TypedBrand, fixed: readonly (keyof Brand)[]): Partial<BrandSettings> {
  const [text, url] = [textOf(typed.support_text), textOf(typed.support_url)];
  const settings: BrandSettings = {
    name: textOf(typed.name),
    accent: textOf(typed.accent),
    accentDark: textOf(typed.accent_dark),
    support: text === null && url === null ? null : { text: text ?? '', url: url ?? '' },
    legal: readWrittenLinks(linesOf(typed.legal)),
  };
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => !fixed.some((each) => each === name)),
  );
}

function textOf(typed = ''): string | null {
  return typed.trim() || null;
}

/** The colours of the pages in which the preview shows the brand; see page.css. */
const PAGES = {
  light: { ground: '#f6f7f7', surface: '#ffffff', text: '#17201f', accent: '#0b6253' },
  dark: { ground: '#101615', surface: '#182120', text: '#e8eeed', accent: '#66d6bf' },
} as const;

/** A drawing, because a page has only one colour scheme and no styles of its own. */
function preview(brand: Brand, scheme: Scheme): string {
  const { ground, surface, text, accent: ownAccent } = PAGES[scheme];
  const accent = accentOf(brand, scheme) ?? ownAccent;
  const title = `In ${scheme} mode`;
  return html`<figure class="preview">
    <svg viewBox="0 0 320 130" role="img" aria-label="${title}">
      <rect width="320" height="130" fill="${ground}"/>
      <rect width="320" height="48" fill="${surface}"/>
      !${previewOfLogo(brand, scheme) ?? html`<text x="16" y="30" font-size="16" font-weight="700" fill="${text}">${brandName(brand)}</text>`}
      <rect x="16" y="70" width="110" height="40" rx="8" fill="${accent}"/>
      <text x="71" y="95" font-size="16" font-weight="600" text-anchor="middle" fill="${SCHEMES[scheme].onAccent}">Continue</text>
      <text x="146" y="95" font-size="16" text-decoration="underline" fill="${accent}">A link</text>
    </svg>
    <figcaption>${title}</figcaption>
  </figure>`;
}

function previewOfLogo(brand: Brand, scheme: Scheme): string | undefined {
  const own = scheme === 'dark' ? pageImage(brand, 'logoDark') : undefined;
  const logo = own ?? pageImage(brand, 'logo');
  if (!logo || !brand.logo) return undefined;
  const width = String(Math.min(256, Math.round((logo.width / logo.height) * 32)));
  const plate =
    scheme === 'dark' && !own
      ? html`<rect x="12" y="4" width="${String(Number(width) + 8)}" height="40" rx="4" fill="#ffffff"/>`
      : '';
  return html`!${plate}<image href="${logo.url}" x="16" y="8" width="${width}" height="32" preserveAspectRatio="xMinYMid meet"/>`;
}
