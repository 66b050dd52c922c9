import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { errorClasses } from '../../../scripts/docs/error-classes.ts';
import { startApp } from '../../harness/app.ts';
import { request } from '../../platform/http/request.ts';
import { operationsOf, readDefinition } from '../openapi/definition.ts';

const app = await startApp();

interface ErrorKind {
  readonly code: string;
  readonly meanings: readonly {
    readonly description: string;
    readonly retry: string | null;
    readonly responses: readonly {
      readonly api: string;
      readonly status: number;
      readonly code: string;
      readonly properties: readonly string[];
    }[];
  }[];
}

const { errors } = (await request(app, 'GET', '/errors')).json<{ errors: ErrorKind[] }>();

suite('GET /errors describes', () => {
  test('every problem that an operation of /api/v1 documents, with its status', async () => {
    const documented = operationsOf(await readDefinition(app))
      .filter(({ path }) => path.startsWith('/api/v1/'))
      .flatMap(({ responses }) => Object.entries(responses))
      .flatMap(([status, response]) => {
        const problems = response.content?.['application/problem+json']?.examples ?? {};
        return Object.keys(problems).map((code) => `${status} ${code}`);
      });
    const described = errors.flatMap(({ meanings }) =>
      meanings.flatMap(({ responses }) =>
        responses.filter(({ api }) => api === '/api/v1').map(({ status, code }) => `${status} ${code}`),
      ),
    );
    assert.ok(documented.length > 0);
    for (const each of documented) assert.ok(described.includes(each), each);
  });

  test('only declared errors, in their own words, in alphabetical order', () => {
    const declared = errorClasses.map(({ declaration }) => declaration);
    for (const { code, meanings } of errors) {
      for (const { description } of meanings)
        assert.ok(
          declared.some((each) => each.code === code && each.description === description),
          code,
        );
    }
    const codes = errors.map(({ code }) => code);
    assert.deepEqual(
      codes,
      codes.toSorted((one, other) => one.localeCompare(other, 'en')),
    );
    assert.equal(new Set(codes).size, codes.length);
  });

  test('when to retry, further properties, and what each API answers', () => {
    const [reached] = errors.find(({ code }) => code === 'call_limit_reached')?.meanings ?? [];
    assert.deepEqual(reached?.retry, 'when one of the ongoing calls has ended');
    assert.deepEqual(
      reached?.responses.map(({ api, status, properties }) => [api, status, ...properties]),
      [
        ['/api/v1', 429, 'limit', 'ongoing'],
        ['CAMARA Click to Dial', 429],
        ['Classic API', 409, 'limit', 'ongoing'],
      ],
    );
    const [rate] = errors.find(({ code }) => code === 'call_rate_reached')?.meanings ?? [];
    assert.equal(rate?.retry, 'after `Retry-After`');
  });
});

test('browsers get a page with an anchor for each code', async () => {
  const page = await request(app, 'GET', '/errors', { accept: 'text/html' });
  assert.equal(page.status, 200);
  assert.match(page.text, /<title>Errors · ClickToCall<\/title>/);
  const anchors = [...page.text.matchAll(/<h2 id="(\w+)">/g)].map(([, id]) => id);
  assert.deepEqual(
    anchors,
    errors.map(({ code }) => code),
  );
  assert.doesNotMatch(page.text, /undefined|`/);
});
