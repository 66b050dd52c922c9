import { headOf, type TargetRoute } from './target-routes.ts';

type Parts = Iterable<string | Buffer>;

const CLOSE = { Connection: 'close' };

/** A body sent whole, with its length. */
function whole(route: TargetRoute, body: string | Buffer, further: Record<string, string> = {}): Parts {
  const length = { 'Content-Length': String(Buffer.byteLength(body)) };
  return [`${headOf(route, 'POST', { ...length, ...CLOSE, ...further })}\r\n`, body];
}

function chunked(route: TargetRoute, body: string): Parts {
  return [`${headOf(route, 'POST', { 'Transfer-Encoding': 'chunked', ...CLOSE })}\r\n`, body];
}

/** Repeats the same 64 KiB, so that the test itself needs no memory. */
function* megabytes(count: number, frame = (part: Buffer): (string | Buffer)[] => [part]): Parts {
  const part = Buffer.alloc(64 * 1024, 'a=1&');
  for (let sent = 0; sent < count * 16; sent++) yield* frame(part);
}

/** Much more than the server reads. */
export function tooLarge(route: TargetRoute, count: number): Readonly<Record<string, Parts>> {
  const cut = (part: Buffer) =>
    [part.subarray(0, 1), part.subarray(1, 4), part.subarray(4, 65_535), part.subarray(65_535)].flatMap(
      (piece) => [`${piece.length.toString(16)};odd="a b"\r\n`, piece, '\r\n'],
    );
  return {
    'with its length': concat(
      [`${headOf(route, 'POST', { 'Content-Length': String(count * 2 ** 20), ...CLOSE })}\r\n`],
      megabytes(count),
    ),
    'in chunks of odd sizes': concat(
      [`${headOf(route, 'POST', { 'Transfer-Encoding': 'chunked', ...CLOSE })}\r\n`],
      megabytes(count, cut),
      ['0\r\n\r\n'],
    ),
    'with its length, and the connection kept': concat(
      [`${headOf(route, 'POST', { 'Content-Length': String(count * 2 ** 20) })}\r\n`],
      megabytes(count),
    ),
  };
}

function* concat(...all: Parts[]): Parts {
  for (const each of all) yield* each;
}

const bytes = (...values: number[]) => Buffer.from(values);

/** Requests that every API must refuse. */
export function refused(route: TargetRoute): Readonly<Record<string, Parts>> {
  const json = route.type.endsWith('json');
  const bare = (lines: string) => [
    `${headOf(route, 'POST', { 'Content-Length': '0', ...CLOSE })}${lines}\r\n`,
  ];
  const withBody = (body: string | Buffer, further?: Record<string, string>) => whole(route, body, further);
  const bodies: Record<string, Parts> = json
    ? {
        'arrays within arrays': withBody(`${'['.repeat(30_000)}${']'.repeat(30_000)}`),
        'objects within objects': withBody(`${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`),
        'objects that never end': withBody('{"a":'.repeat(12_000)),
        __proto__: withBody('{"__proto__":{"administrator":true},"name":"x"}'),
        'constructor.prototype': withBody('{"constructor":{"prototype":{"administrator":true}},"name":"x"}'),
        '__proto__, escaped': withBody('{"\\u005f_proto__":{"administrator":true}}'),
        'a number beyond all': withBody('{"name":"x","limit":1e999}'),
        'a number of 60,000 digits': withBody(`{"name":"x","limit":${'9'.repeat(60_000)}}`),
        'a zero byte': withBody('{"name":"a\0b"}'),
        'a zero byte, escaped': withBody('{"name":"a\\u0000b","password":"long enough"}'),
        'half a surrogate pair': withBody('{"name":"a\\ud800","password":"long enough"}'),
        'UTF-8 that is none': withBody(
          Buffer.concat([bytes(0x7b, 0x22, 0xc3, 0x28, 0xff, 0xfe, 0xc0, 0xaf), Buffer.from('":1}')]),
        ),
        'UTF-16': withBody(Buffer.from('\ufeff{"name":"x"}', 'utf16le')),
        'the same name twice': withBody(
          '{"callee":{"number":"1"},"callee":{"number":"2"},"name":"a","name":"b"}',
        ),
        'an array': withBody('[]'),
        null: withBody('null'),
        'a text': withBody('"x"'),
      }
    : {
        'a zero byte': withBody('number=a%00b&username=%00&password=%00&grant_type=%00'),
        'UTF-8 that is none': withBody(
          Buffer.concat([Buffer.from('number='), bytes(0xc3, 0x28, 0xff, 0xc0, 0xaf)]),
        ),
        'UTF-8 that is none, escaped': withBody('number=%c3%28&username=%ff%fe&grant_type=%c0%af'),
        'parameters twice': withBody('number=1&number=2&username=a&username=b&grant_type=x&grant_type=y'),
        'parameters in brackets': withBody('number[]=1&number[a]=2&username[$ne]=&grant_type[]=x'),
        __proto__: withBody('__proto__=1&__proto__[administrator]=1&constructor.prototype.a=1'),
        '20,000 parameters': withBody('a=&'.repeat(20_000)),
        'percents alone': withBody('%&%zz&=%'),
      };
  return {
    ...Object.fromEntries(Object.entries(bodies).map(([what, parts]) => [`a body: ${what}`, parts])),
    'a type: text/plain': withBody('a=1', { 'Content-Type': 'text/plain' }),
    'a type: multipart': withBody('--x\r\n\r\n--x--', { 'Content-Type': 'multipart/form-data; boundary=x' }),
    'a type: XML': withBody('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', {
      'Content-Type': 'application/xml',
    }),
    'a type that is none': withBody('a=1', { 'Content-Type': 'a/b/c;;=' }),
    'a body said to be packed': withBody('a=1', { 'Content-Encoding': 'gzip' }),
    'a header of 20 KB': bare(`X-Long: ${'x'.repeat(20_000)}\r\n`),
    '3,000 headers': bare('X-Many: 12345\r\n'.repeat(3_000)),
    'a header of 9 MB': concat([headOf(route, 'POST'), 'X-Long: '], megabytes(9)),
    'an address of 20 KB': [`POST ${route.path}?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    'a carriage return in a value': bare('X-Odd: a\rb\r\n'),
    'a line feed in a value': bare('X-Odd: a\nb\r\n'),
    'a zero byte in a value': bare('X-Odd: a\0b\r\n'),
    'a folded header': bare('X-Odd: a\r\n b\r\n'),
    'a header without a colon': bare('X-Odd\r\n'),
    'a space before the colon': bare('X-Odd : a\r\n'),
    'no host': [`POST ${route.path} HTTP/1.1\r\nContent-Length: 0\r\n${'Connection: close\r\n'}\r\n`],
    'a version that is none': [`POST ${route.path} HTTP/9.9\r\nHost: x\r\n\r\n`],
    'an expectation that is none': bare('Expect: the-unexpected\r\n'),
    'chunks: no number': chunked(route, 'zz\r\na=1\r\n0\r\n\r\n'),
    'chunks: below zero': chunked(route, '-1\r\na=1\r\n0\r\n\r\n'),
    'chunks: 0x': chunked(route, '0x3\r\na=1\r\n0\r\n\r\n'),
    'chunks: beyond all': chunked(route, `${'f'.repeat(17)}\r\na=1\r\n0\r\n\r\n`),
    'chunks: longer than said': chunked(route, '1\r\na=1\r\n0\r\n\r\n'),
    'chunks: an extension of 20 KB': chunked(route, `3;${'x'.repeat(20_000)}\r\na=1\r\n0\r\n\r\n`),
  };
}

/** Each is followed by a hidden request, to an address with status 200, which the server must not find. */
export function smuggled(route: TargetRoute): Readonly<Record<string, string>> {
  const hidden = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const within = (lines: string, body: string) => `${headOf(route, 'POST')}${lines}\r\n${body}`;
  const inChunks = `0\r\n\r\n${hidden}`;
  return {
    'both lengths, the chunks first': within('Transfer-Encoding: chunked\r\nContent-Length: 6\r\n', inChunks),
    'both lengths, the number first': within('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', inChunks),
    'an unknown encoding': within('Transfer-Encoding: xchunked\r\n', inChunks),
    'chunked, and then something': within('Transfer-Encoding: chunked, identity\r\n', inChunks),
    'chunked twice': within(
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n',
      inChunks,
    ),
    'a space before the colon': within('Transfer-Encoding : chunked\r\n', inChunks),
    'a tab before the value, and a length': within(
      'Transfer-Encoding:\tchunked\r\nContent-Length: 4\r\n',
      inChunks,
    ),
    'an encoding behind a line feed': within('X: y\nTransfer-Encoding: chunked\r\n', inChunks),
    'two different lengths': within(`Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n`, hidden),
    'two lengths in one': within(`Content-Length: 0, ${hidden.length}\r\n`, hidden),
    'a length with a sign': within('Content-Length: +0\r\n', hidden),
    'a length in hexadecimal': within('Content-Length: 0x0\r\n', hidden),
    'a length below zero': within('Content-Length: -1\r\n', hidden),
    'a length beyond all': within(`Content-Length: ${'9'.repeat(30)}\r\n`, hidden),
  };
}
