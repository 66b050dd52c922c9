import { seeded } from '../../harness/random.ts';
import { CALLER, CALLS, callTo, LIMITS } from './call.ts';

export interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const OWN_TEXTS = `${CALLER} +447700900123 +44999 ACCESSTOKEN PLAIN bearer https://sink.example/ 2100-01-01T00:00:00Z connected true`;
const ODD_TEXTS = `+ null 1e999 __proto__ constructor toString <b> {{7*7}} %00 ../../etc/passwd javascript:alert(1) http://[ 2100-12-31T23:59:60Z`;
const TEXTS = [
  ...OWN_TEXTS.split(' '),
  ...ODD_TEXTS.split(' '),
  ...['', ' ', "'; DROP TABLE calls; --", '\0', '\ud800', '\u202e', '💥', 'x'.repeat(3000)],
];
const NAMES = [
  ...'caller callee number sink sinkCredential credentialType accessToken accessTokenExpiresUtc'.split(' '),
  ...'accessTokenType recordingEnabled clickToCall timeLimit ringTimeout clientReference metadata'.split(' '),
  ...'toString valueOf toJSON hasOwnProperty length then a.b $ref'.split(' '),
];
const NUMBERS = [0, -1, 1, 60, 0.5, 1e21, -0, 2 ** 31, 2 ** 53, 9e15];
const PARAMETERS = 'state ongoing caller callee from to page_size page_token access_token x'.split(' ');
const HEADERS = ['', 'a', '"', 'x'.repeat(300), 'caf\u00e9', '<>{}', ', ,', '"a\\"b"', '\t', 'a'.repeat(64)];
const TYPES = ['', 'text/plain', 'application/json; charset=latin1', 'a/b;', '*/*'];

function choices(seed: number) {
  const random = seeded(seed);
  return {
    chance: (probability: number) => random() < probability,
    pick: <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T,
    upTo: (most: number) => Math.floor(random() * (most + 1)),
  };
}

type Choices = ReturnType<typeof choices>;

/** Any JSON value. */
function value(choose: Choices, depth: number): unknown {
  const { chance, pick, upTo } = choose;
  const inside = () => value(choose, depth - 1);
  if (depth > 0 && chance(0.35))
    return Object.fromEntries(Array.from({ length: upTo(4) }, () => [pick(NAMES), inside()]));
  if (depth > 0 && chance(0.15)) return Array.from({ length: upTo(3) }, inside);
  if (chance(0.2)) return pick([true, false, null]);
  return chance(0.25) ? pick(NUMBERS) : pick(TEXTS);
}

/** A good request with something in it replaced, added or removed. */
function nearlyGood(choose: Choices): unknown {
  const { chance, pick, upTo } = choose;
  const body: Record<string, unknown> = callTo(undefined, {
    sink: 'https://sink.example/events',
    sinkCredential: {
      ...{ credentialType: 'ACCESSTOKEN', accessToken: 't', accessTokenType: 'bearer' },
      accessTokenExpiresUtc: '2100-01-01T00:00:00Z',
    },
    recordingEnabled: true,
    clickToCall: { timeLimit: 60, ringTimeout: 5, clientReference: 'r', metadata: { a: 'b' } },
  });
  const objects = [body, ...Object.values(body)].filter(
    (each) => typeof each === 'object',
  ) as (typeof body)[];
  for (let change = upTo(3); change > 0; change--) {
    const object = pick(objects);
    const name = pick(chance(0.7) ? Object.keys(object) : NAMES);
    if (chance(0.2)) delete object[name];
    else object[name] = value(choose, 2);
  }
  return body;
}

function bodyText(choose: Choices): string {
  const text = JSON.stringify(choose.chance(0.7) ? nearlyGood(choose) : value(choose, 5));
  return choose.chance(0.1) ? text.slice(0, choose.upTo(text.length)) : text;
}

function target(choose: Choices): Pick<RandomRequest, 'method' | 'path'> {
  const { chance, pick } = choose;
  const encoded = (text: string) =>
    chance(0.9) ? encodeURIComponent(text.toWellFormed()) : pick(['%zz', '%', '%c0%af', 'a;b', '{}']);
  const one = `${CALLS}/${encoded(pick([...TEXTS, ...NAMES]))}`;
  const [method, path] = pick([
    ...[1, 2, 3, 4, 5].map(() => ['POST', CALLS] as const),
    ['GET', `${CALLS}?${pick(PARAMETERS)}=${encoded(pick(TEXTS))}`],
    ['GET', one],
    ['DELETE', one],
    ['GET', `${one}/recording`],
    ['POST', `${one}/renew`],
    ['GET', LIMITS],
  ] as const);
  return { path, method: chance(0.1) ? pick(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'POST', 'GET']) : method };
}

function headersOf(choose: Choices, token: string): Record<string, string> {
  const { chance, pick } = choose;
  const authorization = chance(0.95)
    ? `Bearer ${token}`
    : pick(['', 'Bearer', `DPoP ${token}`, `Bearer ${token}, Bearer x`]);
  return {
    authorization,
    'content-type': chance(0.9) ? 'application/json' : pick(TYPES),
    ...(chance(0.2) && { 'x-correlator': pick(HEADERS) }),
    ...(chance(0.2) && { 'idempotency-key': pick(HEADERS) }),
    ...(chance(0.1) && { accept: pick(['application/xml', 'text/html', '*/*;q=0', 'x']) }),
  };
}

/** @returns makes one request after another, the same ones from the same seed */
export function randomRequests(seed: number, token: string): () => RandomRequest {
  const choose = choices(seed);
  return () => {
    const { method, path } = target(choose);
    const body = method === 'GET' ? undefined : bodyText(choose);
    return { method, path, headers: headersOf(choose, token), body };
  };
}
