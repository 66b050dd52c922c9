import fc, { type Arbitrary } from 'fast-check';
import type { Definition, Schema } from '../../web/openapi/definition.ts';
import { hostileStrings } from '../hostile-strings.ts';

/** Likely values by the name of a parameter or property, or by its parent’s and its own: then requests get further than the schema. */
export type Words = Readonly<Record<string, readonly string[]>>;

/** Values for a schema, by fast-check: it makes the same values from the same seed, and looks for the smallest that fails. */
export interface Values {
  /** @param name of the parameter; that of a property begins with its parent’s, such as `caller.number` */
  fitting(schema: Schema, name: string): Arbitrary<unknown>;
  /** Nearly fitting: something is missing, added or of another type. */
  broken(schema: Schema, name: string): Arbitrary<unknown>;
}

const ODD_TEXTS = [
  ...['', ' ', '0', '-1', '1e999', 'null', 'true', '[]', '{}', '__proto__', 'constructor', 'toString'],
  ...[
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\u202e',
    '\ufeff',
    '\r\n',
    '\t',
    '💥',
    'é',
    'e\u0301',
    'ﷺ',
    '漢'.repeat(70),
  ],
  ...[
    '+',
    '%',
    '%00',
    '%zz',
    '../../etc/passwd',
    '..',
    '.',
    '/',
    '\\',
    '?',
    '#',
    ';',
    '&',
    '=',
    '"',
    "'",
    '<',
    ']]>',
  ],
  ...[
    '2026-02-30',
    '2026-01-31T25:00:00Z',
    '9999-12-31T23:59:60Z',
    '+447700900123 ext. 5',
    ' 447700900123',
    '٤٤',
    '112',
  ],
  ...[
    'https://[',
    'https://a:b@c.example/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://169.254.169.254/',
  ],
  ...['x'.repeat(65), 'x'.repeat(257), 'x'.repeat(2_100), '9'.repeat(400)],
];
const ODD_NUMBERS = [-1, 0, -0, 0.5, 1, 10_001, 2 ** 31, 2 ** 53, 9e15, 1e21, -1e308, 5e-324];
const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  'then',
  '',
  'x',
  '$ref',
  'a.b',
  'toJSON',
];

const hostile = hostileStrings(60);
export const oddText: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom(...hostile) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);

/** Any JSON value. */
const oddValue: Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: oddText },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_NUMBERS) },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], [null], { a: { b: [1] } }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** At an address for documentation (RFC 5737), to which no event is sent and which needs no look-up. */
const uri = fc.constantFrom('https://192.0.2.1/', 'https://192.0.2.1/cb?a=b', 'https://192.0.2.1:8443/%20');
const dateTime = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

export function createValues({ components }: Definition, words: Words): Values {
  const resolve = (schema: Schema): Schema => {
    const [, name = ''] = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? '') ?? [];
    return components.schemas[name] ?? schema;
  };

  const wordsFor = (name: string): readonly string[] => {
    const [last = '', parent] = name.split('.').reverse();
    return words[`${parent}.${last}`] ?? words[last] ?? [];
  };

  function fitting(given: Schema, name: string): Arbitrary<unknown> {
    const schema = resolve(given);
    const { anyOf, enum: values, type, examples = [] } = schema;
    if (anyOf) return fc.oneof(...anyOf.map((each) => fitting(each, name)));
    if ('const' in schema) return fc.constant(schema.const);
    if (values) return fc.constantFrom(...values);
    if (Array.isArray(type)) return fc.oneof(...type.map((each) => fitting({ ...schema, type: each }, name)));
    switch (type) {
      case 'object':
        return objectOf(schema, name);
      case 'array':
        return fc.array(fitting(schema.items ?? {}, name), { maxLength: Math.min(schema.maxItems ?? 3, 3) });
      case 'integer':
      case 'number':
        return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 100 });
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      default: {
        const known = [...wordsFor(name), ...examples];
        const text = textOf(schema);
        return known.length === 0
          ? text
          : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...known) }, text);
      }
    }
  }

  function objectOf(
    { properties = {}, required = [], patternProperties }: Schema,
    name: string,
  ): Arbitrary<object> {
    const fixed = fc.record(
      Object.fromEntries(
        Object.entries(properties).map(([key, each]) => [key, fitting(each, `${name}.${key}`)]),
      ),
      { requiredKeys: [...required] },
    );
    const [[pattern, each] = []] = Object.entries(patternProperties ?? {});
    if (pattern === undefined || !each) return fixed;
    return fc.dictionary(fc.stringMatching(new RegExp(pattern)), fitting(each, ''), { maxKeys: 3 });
  }

  return {
    fitting,
    broken(schema, name) {
      const value = fitting(schema, name);
      const changed = fc
        .tuple(
          value,
          fc.nat(),
          fc.constantFrom('remove', 'replace', 'add'),
          fc.constantFrom(...ODD_NAMES),
          oddValue,
        )
        .map(([whole, place, ...change]) => changedAt(whole, place, ...change));
      return fc.oneof({ weight: 6, arbitrary: changed }, { weight: 1, arbitrary: oddValue });
    },
  };
}

function textOf({ format, pattern, minLength = 0, maxLength = 40 }: Schema): Arbitrary<string> {
  if (format === 'uri') return uri;
  if (format === 'date-time') return dateTime;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { maxLength: 60 });
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) });
}

/** @param place counts the properties and items of the value, at any depth */
function changedAt(whole: unknown, place: number, how: string, added: string, odd: unknown): unknown {
  const copy = structuredClone(whole);
  const places = placesIn(copy);
  const chosen = places[place % Math.max(places.length, 1)];
  if (!chosen) return odd;
  const { parent, key } = chosen;
  if (how === 'remove') delete parent[key];
  else parent[how === 'add' && !Array.isArray(parent) ? added : key] = odd;
  return copy;
}

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesIn(parent[key])]);
}
