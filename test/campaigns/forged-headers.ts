/** Headers that another site can make a browser send to `own`, and headers that no browser sends. */
export function forgedHeaders(own: string): readonly Record<string, string>[] {
  return [
    ...[
      'cross-site',
      'same-site',
      '',
      'SAME-ORIGIN',
      'same-origin, cross-site',
      'same-origin;q=1',
      '"none"',
      'any',
    ].map((site) => ({ 'sec-fetch-site': site })),
    { 'sec-fetch-site': 'cross-site', origin: own, referer: `${own}/account` },
    { 'sec-fetch-site': 'same-site', origin: own },
    ...['https://evil.example', 'null', '', `${own}.evil.example`, `${own}@evil.example`, `${own}/`].map(
      (origin) => ({ origin }),
    ),
    ...[own.toUpperCase(), own.replace('http:', 'https:'), `${own}, https://evil.example`, 'file://'].map(
      (origin) => ({ origin }),
    ),
    { origin: 'https://evil.example', referer: `${own}/account` },
    { origin: 'https://evil.example', host: 'evil.example:1' },
    { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
  ];
}
