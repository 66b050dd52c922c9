import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../src/web/entry/request-context.ts';
import { afterFile } from '../harness/clean-up.ts';
import type { Role } from '../web/entry/roles.ts';
import { ROUTES } from '../web/entry/routes.ts';
import { outcomeFor } from '../web/entry/rules.ts';
import { inPlace, operationsOf, type PlacedOperation, readDefinition } from '../web/openapi/definition.ts';
import { record, times } from './campaign.ts';
import { createExchange } from './fuzz/exchange.ts';
import { createJudge } from './fuzz/judge.ts';
import { type FuzzRequest, requestsTo } from './fuzz/requests.ts';
import { createValues } from './fuzz/values.ts';
import { createFuzzWorld } from './fuzz/world.ts';

/** Every answer is one that /openapi.json describes, whatever the request is, and whatever role sends it. */

/** FUZZ_SEED repeats a run. In full every run is another one. */
const SEED = Number(process.env['FUZZ_SEED'] ?? times(1, Date.now() % 1_000_000));
const REQUESTS = times(1_500, 7_000);
/** In short, a role of each kind. */
const FEW = [
  'nobody',
  'an unknown token',
  'Anna, call',
  'Anna, openid',
  'client a itself, webhooks',
  'an administrator, admin',
  'Anna, token in the address',
  'Anna, signed in',
];

const world = await createFuzzWorld();
const definition = inPlace(await readDefinition(world.app));
const operations = operationsOf(definition).sort((one, other) => lateness(one) - lateness(other));
const roles = world.roles.filter(({ name }) => times(0, 1) === 1 || FEW.includes(name));
const { judge, judgeError } = createJudge(definition);
const exchange = createExchange(world.app.url);
afterFile(exchange.close);

/** Bodies can be broken in more ways than addresses. */
const countFor = ({ requestBody }: PlacedOperation) =>
  Math.ceil((REQUESTS / operations.length) * (requestBody ? 3 : 1));
const succeeded = new Set<string>();
/** Errors by their media type. */
const errors = new Map<string, number>();
let sent = 0;

/** What ends a session, or changes a permission, comes last. */
function lateness({ path }: PlacedOperation): number {
  return ['/auth/login', '/auth/grant', '/auth/logout'].indexOf(path);
}

function mayEnter(role: Role, { method, path }: PlacedOperation): boolean {
  const row = `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`;
  const [entry = 'anyone'] = Object.entries(ROUTES).find(([, rows]) => rows.includes(row)) ?? [];
  return outcomeFor(entry as Entry, role, row) === 'in';
}

function asSentBy({ headers, query = {} }: Role, request: FuzzRequest): FuzzRequest {
  const { path } = request;
  const own = new URLSearchParams(query).toString();
  const separator = path.includes('?') ? '&' : '?';
  return {
    ...request,
    path: own === '' ? path : `${path}${separator}${own}`,
    headers: { ...request.headers, ...headers },
  };
}

async function exchangeOne(operation: PlacedOperation, request: FuzzRequest): Promise<void> {
  sent++;
  const answer = await exchange.send(request);
  try {
    judge(operation, answer);
  } catch (error) {
    const seen = `${JSON.stringify(request).slice(0, 3_000)}\n-> ${answer.status} ${answer.text.slice(0, 2_000)}`;
    throw new Error(`${(error as Error).message}\n${seen}`);
  }
  if (answer.status < 400) succeeded.add(`${operation.operationId}`);
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  if (answer.status >= 400) errors.set(type, (errors.get(type) ?? 0) + 1);
}

suite(`with the seed ${SEED}`, () => {
  for (const [place, operation] of operations.entries()) {
    const { method, path } = operation;
    test(`${method} ${path} answers as documented, whatever any role sends`, async () => {
      const requests = requestsTo(operation, createValues(definition, await world.prepare(operation)));
      const entering = roles.filter((role) => mayEnter(role, operation));
      const further = Math.ceil((countFor(operation) - roles.length) / entering.length);
      for (const [index, role] of roles.entries()) {
        const numRuns = entering.includes(role) ? 1 + further : 1;
        const property = fc.asyncProperty(requests, (request) =>
          exchangeOne(operation, asSentBy(role, request)),
        );
        await fc.assert(property, { numRuns, seed: SEED + place * roles.length + index });
      }
    });
  }
});

test('each other method is 405, and the error says which methods there are', async () => {
  const known = new Set(Object.values(ROUTES).flat());
  for (const [path, item] of Object.entries(definition.paths)) {
    const row = path.replace(/\{(\w+)\}/g, ':$1');
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (method.toLowerCase() in item || known.has(`${method} ${row}`)) continue;
      for (const accept of ['application/json', 'text/html', 'application/xml']) {
        sent++;
        const headers = { accept };
        const answer = await exchange.send({
          method,
          path: path.replace(/\{\w+\}/g, 'x'),
          headers,
          body: undefined,
        });
        assert.equal(answer.status, 405, `${method} ${path} ${answer.text}`);
        const allowed = (answer.headers.get('allow') ?? '').split(', ');
        for (const each of Object.keys(item))
          assert.ok(allowed.includes(each.toUpperCase()), `${path}: ${allowed}`);
        judgeError(path, answer);
      }
    }
  }
});

test('every call comes from a number of its user', async () => {
  const [row] = await world.app.sql(
    `SELECT count(*)::integer AS count FROM calls c
      WHERE caller IS NOT NULL AND NOT EXISTS (SELECT FROM user_numbers n WHERE n.user_id = c.user_id AND n.number = c.caller)`,
  );
  assert.equal(row?.['count'], 0);
});

/** Some need what the world lacks: demo data, or a client with a key. */
test('the requests got through to nearly every operation', () => {
  const never = operations.filter(({ operationId = '' }) => !succeeded.has(operationId));
  assert.ok(never.length <= times(8, 3), never.map(({ method, path }) => `${method} ${path}`).join());
  record({
    invariant: 'Every answer is as /openapi.json documents it',
    tried: `${sent} random requests, most of them broken, to ${operations.length} operations by ${roles.length} kinds of users`,
    found: `no 5xx, no status, type or header that is not documented, no body against its schema; ${errors.get('application/json')} errors in JSON, ${errors.get('application/problem+json')} as problem details, ${errors.get('text/html')} as a page and ${errors.get('application/xml')} in XML`,
  });
});
