import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { SAMPLES } from '../../../src/web/representations/samples.ts';
import { inPlace, operationsOf, readDefinition } from './definition.ts';
import { exercises } from './exercises/exercises.ts';
import { send } from './exercises/send.ts';
import { setStage } from './exercises/stage.ts';

/** What an example cannot know: what else there is on the server. */
const OF_THIS_SERVER = ['client_id', 'redirect_uri', 'username', 'password', 'token_call'];

const stage = await setStage();
const operations = operationsOf(inPlace(await readDefinition(stage.app)));

/** There is at most one call between two numbers. */
async function endCallsOfExamples(): Promise<void> {
  const rows = await stage.app.sql<{ id: string }>('SELECT id FROM calls WHERE callee = $1', [
    SAMPLES.callee,
  ]);
  for (const { id } of rows) await stage.app.calls.endCall(id, COMMAND_LINE);
}

test('every body that an operation reads has an example', () => {
  const bodies = operations.flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
  assert.ok(bodies.length >= 25, `${bodies.length}`);
  assert.deepEqual(
    bodies.filter(({ example }) => example === undefined),
    [],
  );
});

for (const operation of operations) {
  const { method, path, operationId = '', requestBody, responses } = operation;
  for (const [type, { example }] of Object.entries(requestBody?.content ?? {})) {
    test(`${method} ${path} accepts the example of its body, ${type}`, async () => {
      const {
        json,
        form,
        body: _,
        ...sent
      } = (await exercises[operationId]?.ordinary(stage)) ?? assert.fail();
      await endCallsOfExamples();
      const own = Object.entries({ ...(json as object), ...form }).filter(([name]) =>
        OF_THIS_SERVER.includes(name),
      );
      const body = { ...(example as Record<string, string>), ...Object.fromEntries(own) };
      const given = type.endsWith('json') ? { json: body } : { form: body };
      const answer = await send(stage.app, operation, { ...sent, ...given }, undefined);
      const [success] = Object.keys(responses).filter((status) => /^[23]/.test(status));
      assert.equal(String(answer.status), success, answer.text);
      if (answer.location !== '') assert.doesNotMatch(answer.location, /error=/);
    });
  }
}
