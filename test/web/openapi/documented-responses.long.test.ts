import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { outageOf } from '../../harness/outage.ts';
import { createConformance } from './conformance.ts';
import {
  facesOf,
  inPlace,
  mediaTypesOf,
  operationsOf,
  type PlacedOperation,
  readDefinition,
} from './definition.ts';
import { exercisesFor } from './exercises/common.ts';
import type { Exercise, Exercises, Sent } from './exercises/exercise.ts';
import { exercises as table } from './exercises/exercises.ts';
import { send } from './exercises/send.ts';
import { setStage } from './exercises/stage.ts';

/** Had of every operation at once, by taking the database away. */
const UNAVAILABLE = '503';

const stage = await setStage();
const definition = inPlace(await readDefinition(stage.app));
const operations = operationsOf(definition);
const conformance = createConformance(definition);

function exercisesOf({ operationId = '' }: PlacedOperation): Exercises {
  const exercises = table[operationId];
  assert.ok(exercises, `the operation ${operationId} has no exercises`);
  return exercises;
}

/** What brings about the response with each of its faces. */
function exercisesOfResponse(operation: PlacedOperation, status: string): [string, Exercise][] {
  const exercises = exercisesOf(operation);
  const [first] = Object.keys(operation.responses);
  return facesOf(operation, status).flatMap((face) => {
    const found = exercisesFor(face, exercises);
    const all = status === first ? [exercises.ordinary, ...found] : found;
    assert.ok(all.length > 0, `the operation ${operation.operationId} has no exercise for ${face}`);
    return all.map((exercise): [string, Exercise] => [face, exercise]);
  });
}

test('every operation says what it does, and under a name of its own', () => {
  for (const { method, path, operationId, summary, description, tags, security } of operations) {
    const texts = { operationId, summary, description, tags: tags?.[0], security };
    for (const [what, value] of Object.entries(texts)) assert.ok(value, `${method} ${path} has no ${what}`);
  }
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
});

test('every exercise is of a documented response', () => {
  const documented = operations.flatMap((operation) =>
    Object.keys(operation.responses).flatMap((status) =>
      facesOf(operation, status).map((face) => `${operation.operationId}: ${face}`),
    ),
  );
  const exercised = Object.entries(table).flatMap(([operationId, { others = {} }]) =>
    Object.keys(others).map((face) => `${operationId}: ${face}`),
  );
  assert.deepEqual(
    exercised.filter((face) => !documented.includes(face)),
    [],
  );
});

for (const operation of operations) {
  const { method, path, responses } = operation;
  for (const status of Object.keys(responses).filter((each) => each !== UNAVAILABLE)) {
    test(`${method} ${path} answers ${status} as documented, in every type`, async () => {
      const headers = new Set<string>();
      for (const [face, exercise] of exercisesOfResponse(operation, status)) {
        for (const mediaType of mediaTypesOf(operation, status)) {
          const answer = await send(stage.app, operation, await exercise(stage), mediaType);
          conformance.assertAnswer(answer, operation, { face, mediaType });
          for (const [name] of answer.headers) headers.add(name);
        }
      }
      const promised = Object.keys(responses[status]?.headers ?? {});
      assert.deepEqual(
        promised.filter((name) => !headers.has(name.toLowerCase())),
        [],
        'headers',
      );
    });
  }
}

suite('while the database cannot be reached', async () => {
  const outage = outageOf(stage.app);
  const concerned = operations.filter(({ responses }) => responses[UNAVAILABLE]);
  const requests: Sent[] = [];
  // One after another, because several change the webhooks of the same client.
  for (const operation of concerned) requests.push(await exercisesOf(operation).ordinary(stage));
  before(outage.begin);
  after(outage.end);

  for (const [index, operation] of concerned.entries()) {
    const { method, path } = operation;
    test(`${method} ${path} answers 503 as documented, in every type`, async () => {
      for (const mediaType of mediaTypesOf(operation, UNAVAILABLE)) {
        const sent = requests[index];
        assert.ok(sent);
        // What the operation itself answers must be acceptable, too, or it may refuse the request first.
        const accept = mediaType && `${mediaType}, */*;q=0.1`;
        const answer = await send(stage.app, operation, sent, accept);
        conformance.assertAnswer(answer, operation, { face: UNAVAILABLE, mediaType });
        assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      }
    });
  }
});
