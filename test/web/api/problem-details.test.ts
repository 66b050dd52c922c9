import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient, addUser, bearer, modernToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';

const CALLS = '/api/v1/calls';
const app = await startApp();
await addUser(app, 'anna', { limit: 1, numbers: ['+447700900000'] });
const token = await modernToken(app, await addModernClient(app), 'anna');
const own = { ...bearer(token), ...JSON_BODY };

const { errors } = (await request(app, 'GET', '/errors')).json<{
  errors: { type: string; title: string }[];
}>();

/** A problem as RFC 9457 defines it, whose type the page of errors describes. @returns its members */
function assertProblem(answer: Answer, status: number, code: string): Record<string, unknown> {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.ok(answer.headers.get('x-correlator'));
  const problem = answer.json();
  assert.deepEqual([problem['status'], problem['code']], [status, code]);
  assert.equal(problem['type'], `/errors#${code}`);
  assert.equal(errors.find(({ type }) => type === problem['type'])?.title, problem['title']);
  assert.match(String(problem['detail']), /^.{5,}$/);
  return problem;
}

suite('every error is a problem, whatever the request accepts:', () => {
  const sends =
    (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    () =>
      request(app, method, path, headers, body);
  const cases: readonly (readonly [string, () => Promise<Answer>, number, string, string?])[] = [
    ['an unknown address', sends('GET', '/api/v1/nothing'), 404, 'not_found'],
    ['the path of all versions', sends('GET', '/api'), 404, 'not_found'],
    ['the path of all versions with a query', sends('GET', '/api?x=1'), 404, 'not_found'],
    ['an unknown version', sends('GET', '/api/v2/calls'), 404, 'not_found'],
    ['an address that cannot be decoded', sends('GET', '/api/v1/calls/%zz'), 400, 'invalid_input', 'request'],
    ['another method', sends('PATCH', CALLS), 405, 'method_not_allowed'],
    ['no token', sends('GET', CALLS), 401, 'token_missing'],
    ['an unknown token', sends('GET', CALLS, bearer('unknown')), 401, 'token_invalid'],
    ['a token in the address', sends('GET', `${CALLS}?access_token=${token}`), 401, 'token_invalid'],
    ['a user’s token for webhooks', sends('GET', '/api/v1/webhooks', own), 403, 'scope_missing'],
    ['an unknown parameter', sends('GET', `${CALLS}?limit=5`, own), 400, 'invalid_input', 'limit'],
    ['no call', sends('GET', `${CALLS}/unknown`, own), 404, 'call_not_found'],
    ['no body', sends('POST', CALLS, own), 400, 'invalid_input', 'callee'],
    ['malformed JSON', sends('POST', CALLS, own, '{"callee":'), 400, 'invalid_input', 'request'],
    [
      'an unknown property',
      sends('POST', CALLS, own, '{"callee":"+12025550133","a":1}'),
      400,
      'invalid_input',
      'a',
    ],
    ['a number that is none', sends('POST', CALLS, own, '{"callee":"12"}'), 400, 'invalid_input', 'callee'],
    [
      'a large body',
      sends('POST', CALLS, own, JSON.stringify('x'.repeat(70_000))),
      413,
      'invalid_input',
      'request',
    ],
    [
      'a form',
      sends('POST', CALLS, { ...own, 'content-type': 'application/x-www-form-urlencoded' }, 'callee=1'),
      ...([415, 'invalid_input', 'Content-Type'] as const),
    ],
    [
      'a stream as JSON',
      sends('GET', '/api/v1/events', { ...own, accept: 'application/json' }),
      406,
      'not_acceptable',
    ],
  ];
  for (const [what, send, status, code, field] of cases)
    test(`${status} for ${what}`, async () => {
      assert.equal(assertProblem(await send(), status, code)['field'], field);
    });

  for (const accept of ['application/json', 'text/html', 'application/xml', 'image/png'])
    test(`for Accept: ${accept}`, async () => {
      assertProblem(await request(app, 'GET', CALLS, { accept }), 401, 'token_missing');
    });
});

test('a problem has the details of its error beside the members of RFC 9457, and their headers', async () => {
  const open = (callee: string) => request(app, 'POST', CALLS, own, JSON.stringify({ callee }));
  const opened = await open('+12025550133');
  assert.equal(opened.status, 201, opened.text);
  const refused = await open('+12025550134');
  const { title, detail, limit, ongoing } = assertProblem(refused, 429, 'call_limit_reached');
  assert.deepEqual([title, limit], ['Call limit reached', 1]);
  assert.match(String(detail), /^The limit of 1 ongoing call is reached\. Ongoing: \+12025550133 /);
  assert.deepEqual(
    (ongoing as { id: string }[]).map(({ id }) => id),
    [opened.json()['id']],
  );
  assert.match(refused.headers.get('ratelimit') ?? '', /r=0/);
});

test('a HEAD request gets the status and the headers of a problem without its body', async () => {
  const answer = await request(app, 'HEAD', `${CALLS}/unknown`, own);
  assert.deepEqual([answer.status, answer.text], [404, '']);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
});
