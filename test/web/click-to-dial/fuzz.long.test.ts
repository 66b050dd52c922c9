import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, CALLER, countCalls, tokenFor } from './call.ts';
import { assertIs } from './camara-schemas.ts';
import { type RandomRequest, randomRequests } from './random-requests.ts';

/** Whatever is sent, the server says what is wrong with it, in its own words. */

const REQUESTS = 400;
const AT_ONCE = 20;
const app = await startApp({ CARRIER: 'simulator' });
const client = await addModernClient(app);
const token = await tokenFor(app, client, await addCaller(app, 'anna', { limit: 10_000 }));

/** Words of libraries, of the database and of programs. */
const NOT_OURS =
  /\b(select|insert|update|delete from|postgres|pg_\w*|sqlstate|syntax error|constraint|relation|column|jsonb|plpgsql|ajv|fastify|FST_\w*|typebox|libphonenumber|\w+Error|undefined|node_modules|stack)\b|\bat \w+ \(|\.[jt]s:\d+/i;

interface Received {
  readonly status: number;
  readonly type: string | undefined;
  readonly correlator: unknown;
  readonly text: string;
}

/** As it is: fetch() would mend it. */
function perform({ method, path, headers, body }: RandomRequest): Promise<Received> {
  const { hostname, port } = new URL(app.url);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path, headers: { ...headers, ...length } };
    const request = send(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const { 'content-type': type, 'x-correlator': correlator } = response.headers;
      resolve({ status: response.statusCode ?? 0, type, correlator, text: Buffer.concat(chunks).toString() });
    });
    request.once('error', reject);
    request.end(body);
  });
}

function judge(sent: RandomRequest, { status, type, correlator, text }: Received): void {
  const what = `${JSON.stringify(sent)} -> ${status} ${text}`;
  assert.ok(status >= 200 && status < 500, what);
  assert.match(String(correlator), /^[a-zA-Z0-9\-_:;./<>{}]{1,256}$/, what);
  if (status < 400) return;
  assert.equal(type, 'application/json', what);
  const info = JSON.parse(text);
  assertIs('ErrorInfo', info);
  assert.equal(info.status, status, what);
  const own = info.message.replaceAll(info.field, '').replace(/"[^"]*"/g, ''); // without what the request brought
  assert.doesNotMatch(own, NOT_OURS, what);
}

for (const seed of [1, 2_026]) {
  test(`${REQUESTS} random requests (seed ${seed}) have answers as CAMARA has them, without a word of what is behind`, async () => {
    const next = randomRequests(seed, token);
    const seen = new Map<number, number>();
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      const requests = Array.from({ length: AT_ONCE }, next);
      const answers = await Promise.all(requests.map(perform));
      for (const [index, request] of requests.entries()) {
        const answer = answers[index] as Received;
        judge(request, answer);
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      }
    }
    for (const status of [200, 201, 400, 404, 405, 422])
      assert.ok((seen.get(status) ?? 0) > 3, String([...seen]));
  });
}

test('all resulting calls come from the user’s own number', async () => {
  const [row] = await app.sql('SELECT count(*)::integer AS count FROM calls WHERE caller = $1', [CALLER]);
  assert.equal(row?.['count'], await countCalls(app));
});
