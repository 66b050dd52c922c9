import { SaxesParser } from 'saxes';
import { seeded } from '../harness/random.ts';

/** Returns the texts of all leaf elements, in order, with a strict parser. @throws Error for invalid XML 1.0 */
export function textsOf(document: string): readonly (readonly [string, string])[] {
  const parser = new SaxesParser();
  const texts: [string, string][] = [];
  let text = '';
  let isLeaf = false;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', () => {
    text = '';
    isLeaf = true;
  });
  parser.on('text', (part) => {
    text += part;
  });
  parser.on('closetag', ({ name }) => {
    if (isLeaf) texts.push([name, text]);
    isLeaf = false;
  });
  parser.write(document).close();
  return texts;
}

/** Replaces the characters that XML 1.0 forbids (section 2.2) by U+FFFD, one by one as in the specification. */
export function asXmlCarries(text: string): string {
  return [...text].map((sign) => (isCarried(sign.codePointAt(0) ?? 0) ? sign : '\ufffd')).join('');
}

function isCarried(code: number): boolean {
  if (code < 0x20) return [0x9, 0xa, 0xd].includes(code);
  return code < 0xd800 || (code > 0xdfff && code !== 0xfffe && code !== 0xffff);
}

const PIECES = [
  ...[
    ']]>',
    '<![CDATA[',
    '<!--',
    '-->',
    '<?xml version="1.1"?>',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '&b;',
    '&amp;',
  ],
  ...[
    '&#0;',
    '&#x0;',
    '&#xD800;',
    '&#13;',
    '&',
    '<',
    '>',
    '"',
    "'",
    '</user>',
    '<a b="c">',
    '%',
    '/',
    ' ',
    '  ',
  ],
  ...[
    '\r',
    '\n',
    '\r\n',
    '\t',
    '\u0085',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffe',
    '\uffff',
    '\ufffd',
    '\u202e',
    '\u200d',
  ],
  ...['é', 'e\u0301', '漢', '😀', '👨‍👩‍👧', '\u{1ffff}', '\u{10ffff}', 'Ω', 'ﷺ', 'a', '0', 'xmlns:a="b"'],
];

/** Yields reproducible random texts of up to twelve pieces, with any character except zero. */
export function oddTexts(seed: number): () => string {
  const random = seeded(seed);
  const upTo = (most: number) => Math.floor(random() * most);
  const sign = () => {
    const code = 1 + upTo([0x20, 0xa0, 0xffff, 0x10ffff][upTo(4)] ?? 1);
    return code >= 0xd800 && code <= 0xdfff ? '\u0001' : String.fromCodePoint(code);
  };
  const piece = () => (random() < 0.4 ? sign() : (PIECES[upTo(PIECES.length)] ?? ''));
  return () =>
    Array.from({ length: 1 + upTo(12) }, piece)
      .join('')
      .slice(0, 60)
      .toWellFormed();
}
