import fc, { type Arbitrary } from 'fast-check';
import type { Parameter, PlacedOperation, Schema } from '../../web/openapi/definition.ts';
import { oddText, type Values } from './values.ts';

/** A request without the credentials of its sender. */
export interface FuzzRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const FORM_TYPE = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const TYPES = [
  FORM_TYPE,
  JSON_TYPE,
  'application/json; charset=utf-8',
  'application/json; charset=latin1',
  'text/json',
];
const ODD_TYPES = [
  '',
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'a/b;;=',
  '*/*',
  'application/json,text/plain',
];
const ACCEPTS = [
  ...[undefined, '*/*', 'application/json', 'text/html', 'application/xml', 'text/xml', 'image/png'],
  ...[
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'application/json;q=0.1, application/xml',
  ],
  ...[
    'text/html;q=0.2,application/xml;q=0.3,application/json;q=0.1',
    '*/*;q=0',
    'application/*',
    'text/*;q=0.5',
  ],
  ...[
    '',
    ',',
    'x',
    'application/json;q=nothing',
    'text/html;level=1',
    `text/html${',a/b'.repeat(200)}`,
    'text/event-stream',
    'text/csv',
  ],
];
const FORM_HEADERS = [
  {},
  ...['same-origin', 'none', 'cross-site', 'same-site', 'x'].map((site) => ({ 'sec-fetch-site': site })),
  ...['https://evil.example', 'null'].map((origin) => ({ origin })),
];
/** Longer than any body that the server reads. */
const TOO_LARGE = JSON.stringify({ name: 'x'.repeat(66 * 1024) });
/** What is not percent-encoded, or not as UTF-8. */
const ODD_ENCODINGS = ['%zz', '%', '%ff', '%c0%af', '%00', 'a%2Fb', '%2e%2e', 'a;b', '{}', '%F0%9F%92%A5'];

/** Chooses a value that fits, or mostly one that does not. */
type Choose = (fitting: Arbitrary<string>, ...odd: Arbitrary<string>[]) => Arbitrary<string>;

const onlyFitting: Choose = (fitting) => fitting;
const sometimesOdd: Choose = (fitting, ...odd) =>
  fc.oneof({ weight: 6, arbitrary: fitting }, ...odd.map((arbitrary) => ({ weight: 1, arbitrary })));

/** @returns requests to the operation, a third of them as it documents them */
export function requestsTo(operation: PlacedOperation, values: Values): Arbitrary<FuzzRequest> {
  return fc.oneof(
    { weight: 1, arbitrary: requestsOf(operation, values, onlyFitting, fittingBody(operation, values)) },
    { weight: 2, arbitrary: requestsOf(operation, values, sometimesOdd, anyBody(operation, values)) },
  );
}

function requestsOf(
  { method, path, parameters = [] }: PlacedOperation,
  values: Values,
  choose: Choose,
  body: Arbitrary<Body>,
): Arbitrary<FuzzRequest> {
  const from = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const segments = fc.tuple(...from('path').map((parameter) => segmentOf(parameter, values, choose)));
  const query = queryOf(from('query'), values, choose);
  const headers = headersOf(from('header'), values, choose);
  return fc
    .record({ segments, query, headers, body })
    .map(({ segments: [...rest], query: pairs, headers: own, body: { type, text } }) => {
      const filled = path.replace(/\{\w+\}/g, () => rest.shift() ?? '');
      const search = pairs.map(([name, value]) => `${encoded(name)}=${value}`).join('&');
      return {
        method,
        path: search === '' ? filled : `${filled}?${search}`,
        headers: { ...own, ...(type !== undefined && { 'content-type': type }) },
        body: text,
      };
    });
}

function encoded(text: unknown): string {
  return encodeURIComponent(String(text).toWellFormed());
}

const oddSegment = oddText.map(encoded);
const oddEncoding = fc.constantFrom(...ODD_ENCODINGS);

/** An empty segment, or one of dots, would be the address of something else. */
function segmentOf({ name, schema }: Parameter, values: Values, choose: Choose): Arbitrary<string> {
  return choose(values.fitting(schema, name).map(encoded), oddSegment, oddEncoding).filter(
    (segment) => !/^(\.|%2e)*$/i.test(segment),
  );
}

type Pair = readonly [name: string, value: string];

function queryOf(parameters: readonly Parameter[], values: Values, choose: Choose): Arbitrary<Pair[]> {
  const known = parameters.map(({ name, schema, required = false }) => {
    const value = choose(values.fitting(schema, name).map(encoded), oddSegment, oddEncoding);
    const once = value.map((each): Pair[] => [[name, each]]);
    const twice = fc.tuple(value, value).map((both): Pair[] => both.map((each) => [name, each]));
    const absent = fc.constant<Pair[]>([]);
    if (choose === onlyFitting) return required ? once : fc.oneof({ weight: 3, arbitrary: absent }, once);
    return fc.oneof(
      { weight: required ? 20 : 4, arbitrary: once },
      { weight: 1, arbitrary: twice },
      { weight: required ? 1 : 8, arbitrary: absent },
    );
  });
  const none = fc.constant<Pair[]>([]);
  const unknown = fc.oneof(
    { weight: 6, arbitrary: none },
    oddText.map((value): Pair[] => [['unknown', encoded(value)]]),
    oddText.map((name): Pair[] => [[name, '1']]),
    fc.constant<Pair[]>([['access_token', 'other']]),
  );
  return fc.tuple(...known, choose === onlyFitting ? none : unknown).map((all) => all.flat());
}

function headersOf(
  parameters: readonly Parameter[],
  values: Values,
  choose: Choose,
): Arbitrary<Record<string, string>> {
  const own = parameters.map(({ name, schema }) => {
    const value = choose(values.fitting(schema, name).map(String), oddText).filter(isHeaderValue);
    return fc.option(value, { freq: 2 }).map((text) => (text === null ? {} : { [name]: text }));
  });
  const accept = fc.constantFrom(...ACCEPTS).map((type) => (type === undefined ? {} : { accept: type }));
  const origin = choose === onlyFitting ? fc.constant({}) : fc.constantFrom(...FORM_HEADERS);
  return fc.tuple(accept, origin, ...own).map((all) => Object.assign({}, ...all));
}

/** What Node.js lets a client send. */
function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

interface Body {
  readonly type?: string;
  readonly text: string | undefined;
}

const NO_BODY = fc.constant<Body>({ text: undefined });

function fittingBody({ requestBody }: PlacedOperation, values: Values): Arbitrary<Body> {
  if (!requestBody) return NO_BODY;
  return written(requestBody, (schema) => values.fitting(schema, ''));
}

function anyBody(operation: PlacedOperation, values: Values): Arbitrary<Body> {
  const { method, requestBody } = operation;
  if (method === 'GET') return NO_BODY;
  const odd = fc.oneof(
    fc.constant<Body>({ type: JSON_TYPE, text: TOO_LARGE }),
    fc.record({
      type: fc.constantFrom(...TYPES, ...ODD_TYPES),
      text: fc.oneof(oddText, fc.constant('{"a":1}')),
    }),
  );
  if (!requestBody) return fc.oneof({ weight: 6, arbitrary: NO_BODY }, { weight: 1, arbitrary: odd });
  const fitting = fittingBody(operation, values);
  const cut = fc
    .tuple(fitting, fc.nat(200))
    .map(([{ text, ...rest }, length]): Body => ({ ...rest, text: text?.slice(0, length) }));
  return fc.oneof(
    { weight: 4, arbitrary: fitting },
    { weight: 6, arbitrary: written(requestBody, (schema) => values.broken(schema, '')) },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: NO_BODY },
    { weight: 1, arbitrary: odd },
  );
}

function written(
  { content }: NonNullable<PlacedOperation['requestBody']>,
  valuesOf: (schema: Schema) => Arbitrary<unknown>,
): Arbitrary<Body> {
  const bodies = Object.entries(content).map(([type, { schema }]) =>
    valuesOf(schema).map(
      (value): Body => ({ type, text: type === FORM_TYPE ? formOf(value) : jsonOf(value) }),
    ),
  );
  return fc.oneof(...bodies);
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}

/** Repeats the name of an array. */
function formOf(value: unknown): string {
  const pairs = Object.entries(Object(value)).flatMap(([name, each]) =>
    [each].flat().map((one) => `${encoded(name)}=${encoded(typeof one === 'string' ? one : jsonOf(one))}`),
  );
  return pairs.join('&');
}
