import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPlace, operationsOf, readDefinition } from './definition.ts';
import { exercises } from './exercises/exercises.ts';
import { send } from './exercises/send.ts';
import { setStage } from './exercises/stage.ts';

const STRICT = /^\/(api|click-to-dial|admin)\//;

const stage = await setStage();
const operations = operationsOf(inPlace(await readDefinition(stage.app))).filter(({ path }) =>
  STRICT.test(path),
);

test('there are operations of each strict API', () => assert.ok(operations.length > 60));

for (const operation of operations) {
  const { method, path, operationId = '' } = operation;
  test(`${method} ${path} refuses a query parameter that it does not have`, async () => {
    const sent = (await exercises[operationId]?.ordinary(stage)) ?? assert.fail();
    const mark = sent.path.includes('?') ? '&' : '?';
    const answer = await send(
      stage.app,
      operation,
      { ...sent, path: `${sent.path}${mark}colour=1` },
      undefined,
    );
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.text, /Unknown parameter: colour/);
    assert.ok('400' in operation.responses);
  });
}
