import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { contrast, readableAccent, SCHEMES } from '../../../src/core/brand/accent.ts';
import { accentCorrections, accentOf, NO_BRAND } from '../../../src/core/brand/brand.ts';

const LEVELS = [0, 51, 102, 153, 204, 255];
/** A cube of colours, with black, white and every hue. */
const COLOURS = LEVELS.flatMap((red) =>
  LEVELS.flatMap((green) => LEVELS.map((blue) => `#${Buffer.from([red, green, blue]).toString('hex')}`)),
);

test('contrast is that of WCAG 2.2', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21);
  assert.equal(contrast('#777777', '#ffffff').toFixed(2), '4.48');
  assert.equal(contrast('#ffffff', '#0b6253').toFixed(2), contrast('#0b6253', '#ffffff').toFixed(2));
});

for (const scheme of ['light', 'dark'] as const) {
  test(`in ${scheme} mode, every accent is readable as a link and under the text of a button`, () => {
    const { behind, onAccent } = SCHEMES[scheme];
    for (const colour of COLOURS) {
      const used = readableAccent(colour, scheme);
      assert.ok(contrast(used, behind) >= 4.5, `${colour} becomes ${used} on ${behind}`);
      assert.ok(contrast(used, onAccent) >= 4.5, `${onAccent} on ${used}`);
    }
  });
}

test('a readable colour stays as it is, and another one changes no further than needed', () => {
  assert.equal(readableAccent('#0b6253', 'light'), '#0b6253');
  assert.equal(readableAccent('#66d6bf', 'dark'), '#66d6bf');
  assert.equal(readableAccent('#ffcc00', 'light'), '#8a6e00');
  assert.ok(contrast('#8a6e00', SCHEMES.light.behind) < 4.7);
});

test('one accent gives both modes; a second one is for dark mode alone', () => {
  const navy = { ...NO_BRAND, accent: '#1a237e' };
  assert.equal(accentOf(navy, 'light'), '#1a237e');
  assert.ok(contrast(accentOf(navy, 'dark') ?? '', SCHEMES.dark.behind) >= 4.5);
  assert.deepEqual(accentCorrections(navy), []);
  const both = { ...navy, accent: '#ffcc00', accentDark: '#1a237e' };
  assert.match(
    accentCorrections(both).join('\n'),
    /^In light mode, #ffcc00 is darkened to #8a6e00 so that text stays readable\.\nIn dark mode, #1a237e is lightened to #[0-9a-f]{6} so/,
  );
  assert.equal(accentOf({ ...NO_BRAND, accentDark: '#66d6bf' }, 'light'), undefined);
});

test('the backgrounds are those of the style sheet', () => {
  const file = new URL('../../../src/platform/http/pages/assets/page.css', import.meta.url);
  const [light = '', dark = ''] = readFileSync(file, 'utf8').split('@media (prefers-color-scheme: dark)');
  const tokenOf = (text: string, name: string) => new RegExp(`--${name}: (#\\w+);`).exec(text)?.[1] ?? '';
  const lower = (text: string) => {
    const backgrounds = [tokenOf(text, 'ground'), tokenOf(text, 'surface')];
    return backgrounds.sort(
      (a, b) => contrast(a, tokenOf(text, 'accent')) - contrast(b, tokenOf(text, 'accent')),
    )[0];
  };
  assert.equal(SCHEMES.light.behind, lower(light));
  assert.equal(SCHEMES.dark.behind, lower(dark));
});
