import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CallLimitReached } from '../../../src/core/calls/limit-errors.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, classicToken } from '../../harness/people.ts';
import { addCaller } from '../callers.ts';
import { assertRefused, callIdOf, OPENING_APIS, post } from './apis.ts';

/** The limit holds for the calls of all APIs together. */

const app = await startApp();
const client = await addClassicClient(app);
let people = 0;

async function addLimited(limit: number): Promise<{ name: string; token: string }> {
  const { name } = await addCaller(app, `person${++people}`, { limit });
  return { name, token: await classicToken(app, client, name) };
}

async function countCallsOf(name: string): Promise<number> {
  const calls = await app.sql('SELECT FROM calls c JOIN users u ON u.id = c.user_id WHERE u.name = $1', [
    name,
  ]);
  return calls.length;
}

for (const api of OPENING_APIS) {
  suite(api.title, () => {
    test('refuses a call when calls of the other APIs have reached the limit, and writes nothing', async () => {
      const others = OPENING_APIS.filter((other) => other !== api);
      const { name, token } = await addLimited(others.length);
      for (const other of others) assert.equal((await post(app, other, token)).status, 201, other.title);
      assertRefused(api, await post(app, api, token), CallLimitReached, { limit: others.length });
      assert.equal(await countCallsOf(name), others.length);
    });

    test('refuses a call with a dozen ongoing ones by a message that names them', async () => {
      const { token } = await addLimited(12);
      const ids: string[] = [];
      for (let n = 0; n < 12; n++) ids.push(callIdOf(await post(app, api, token)));
      const answer = await post(app, api, token);
      const message = assertRefused(api, answer, CallLimitReached);
      assert.match(message, /^The limit of 12 ongoing calls is reached\. Ongoing: \+44/);
      // A message of CAMARA has a maximum length.
      const named = api.errorStyle === 'camara' ? ids.slice(0, 9) : ids;
      for (const id of named) assert.ok(message.includes(id), message);
      if (api.errorStyle === 'camara') return;
      const { ongoing } = answer.json<{ ongoing: { id: string }[] }>();
      assert.deepEqual(new Set(ongoing.map(({ id }) => id)), new Set(ids));
    });
  });
}

test('of simultaneous requests to all APIs as many open a call as the limit allows', async () => {
  const limit = 4;
  const { name, token } = await addLimited(limit);
  const asked = Array.from({ length: 10 }, () => OPENING_APIS).flat();
  const answers = await Promise.all(asked.map(async (api) => [api, await post(app, api, token)] as const));
  const refused = answers.filter(([, { status }]) => status !== 201);
  for (const [api, answer] of refused) assertRefused(api, answer, CallLimitReached);
  assert.equal(answers.length - refused.length, limit);
  assert.equal(await countCallsOf(name), limit);
});
