/** A colour as `#rrggbb`. */
export type Colour = string;

/** Light and dark mode. */
export type Scheme = 'light' | 'dark';

/** WCAG 2.2, success criterion 1.4.3. */
const READABLE = 4.5;

/**
 * What the accent is shown on and under, in page.css. `behind` is the background with the lower contrast; text on the accent has a
 * higher contrast than the accent on `behind`. `step` changes the lightness towards more contrast.
 */
export const SCHEMES = {
  light: { behind: '#f6f7f7', onAccent: '#ffffff', step: -0.01 },
  dark: { behind: '#182120', onAccent: '#101615', step: 0.01 },
} as const satisfies Record<Scheme, { behind: Colour; onAccent: Colour; step: number }>;

/** Darkens the colour for light mode, or lightens it for dark mode, by no more than is needed for readable links and buttons. */
export function readableAccent(colour: Colour, scheme: Scheme): Colour {
  const { behind, step } = SCHEMES[scheme];
  const { hue, saturation, lightness } = toHsl(colour);
  let readable = colour;
  for (let next = lightness + step; contrast(readable, behind) < READABLE; next += step)
    readable = fromHsl({ hue, saturation, lightness: Math.min(Math.max(next, 0), 1) });
  return readable;
}

/** The ratio of WCAG 2.2, from 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance of WCAG 2.2, from 0 to 1. */
function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour)
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Hue in degrees; saturation and lightness from 0 to 1. */
interface Hsl {
  readonly hue: number;
  readonly saturation: number;
  readonly lightness: number;
}

function toHsl(colour: Colour): Hsl {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour).map((value) => value / 255);
  const max = Math.max(red, green, blue);
  const range = max - Math.min(red, green, blue);
  const lightness = max - range / 2;
  if (range === 0) return { hue: 0, saturation: 0, lightness };
  const sextant =
    max === red
      ? (green - blue) / range
      : max === green
        ? 2 + (blue - red) / range
        : 4 + (red - green) / range;
  return {
    hue: (sextant * 60 + 360) % 360,
    saturation: range / (1 - Math.abs(2 * lightness - 1)),
    lightness,
  };
}

/** CSS Color 4 section 7.1. */
function fromHsl({ hue, saturation, lightness }: Hsl): Colour {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channels = [0, 8, 4].map((offset) => {
    const place = (offset + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(place - 3, 9 - place, 1))));
  });
  return `#${Buffer.from(channels).toString('hex')}`;
}

function channelsOf(colour: Colour): number[] {
  return [...Buffer.from(colour.slice(1), 'hex')];
}
