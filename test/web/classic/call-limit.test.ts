import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { getCalls, openCall, postCall, type ShownCall, stopCall } from './call.ts';

const app = await startApp();
const client = await addClassicClient(app);
const otherClient = await addClassicClient(app, 'Other');

async function countCalls(userName: string): Promise<{ all: number; ongoing: number } | undefined> {
  const [row] = await app.sql<{ all: number; ongoing: number }>(
    `SELECT count(*)::integer AS all, (count(*) FILTER (WHERE c.ended_at IS NULL))::integer AS ongoing
       FROM calls c JOIN users u ON u.id = c.user_id WHERE u.name = $1`,
    [userName],
  );
  return row;
}

async function personWithLimit(name: string, limit: number): Promise<string> {
  await addUser(app, name, { limit });
  return classicToken(app, client, name);
}

function assertLimitReached(answer: Answer, limit: number, holding: readonly string[]): void {
  assert.equal(answer.status, 409, answer.text);
  assert.equal(answer.location, '');
  const body = answer.json<{
    error: string;
    message: string;
    limit: number;
    ongoing: { id: string; callee: string; createdAt: string }[];
  }>();
  assert.equal(body.error, 'call_limit_reached');
  assert.equal(body.limit, limit);
  assert.deepEqual(
    body.ongoing.map(({ id }) => id),
    holding,
  );
  assert.match(body.message, new RegExp(`The limit of ${limit} ongoing calls? is reached`));
  for (const id of holding) assert.ok(body.message.includes(id), body.message);
}

test('refuses a third ongoing call of any client, and writes nothing', async () => {
  const token = await personWithLimit('anna', 2);
  const byOther = await classicToken(app, otherClient, 'anna');
  const first = await openCall(app, token, '+447700900001');
  const second = await openCall(app, byOther, '+447700900002');

  for (const refused of [await postCall(app, token), await postCall(app, byOther)]) {
    assertLimitReached(refused, 2, [first, second]);
    assert.match(
      refused.json<{ message: string }>().message,
      /Ongoing: \+447700900001 \(.+\), \+447700900002 \(.+\)\.$/,
    );
  }
  assert.deepEqual(await countCalls('anna'), { all: 2, ongoing: 2 });
});

test('one user’s calls take no place of another', async () => {
  const [bert, berta] = [await personWithLimit('bert', 1), await personWithLimit('berta', 1)];
  await openCall(app, bert);
  await openCall(app, berta);
  assert.equal((await postCall(app, bert)).status, 409);
});

test('a limit of 0 lets no call in, and the refusal holds no calls', async () => {
  const token = await personWithLimit('carl', 0);
  assertLimitReached(await postCall(app, token), 0, []);
  assert.deepEqual(await countCalls('carl'), { all: 0, ongoing: 0 });
});

suite('a changed limit takes effect on the next open', () => {
  test('raised: the refused call opens now', async () => {
    const token = await personWithLimit('dora', 1);
    await openCall(app, token);
    assert.equal((await postCall(app, token)).status, 409);
    await app.users.setLimit('dora', 2, COMMAND_LINE);
    await openCall(app, token);
    assert.equal((await postCall(app, token)).status, 409);
  });

  test('lowered: ongoing calls stay, and none opens until enough have ended', async () => {
    const token = await personWithLimit('emil', 3);
    const ids = [await openCall(app, token), await openCall(app, token), await openCall(app, token)];
    await app.users.setLimit('emil', 1, COMMAND_LINE);
    assert.equal((await getCalls(app, token)).json<ShownCall[]>().length, 3);
    assertLimitReached(await postCall(app, token), 1, ids);
    await stopCall(app, token, ids[0] ?? '');
    await stopCall(app, token, ids[1] ?? '');
    assertLimitReached(await postCall(app, token), 1, [ids[2] ?? '']);
    await stopCall(app, token, ids[2] ?? '');
    await openCall(app, token);
  });
});

suite('ending a call frees its place at once', () => {
  test('ended by PUT', async () => {
    const token = await personWithLimit('fred', 1);
    const id = await openCall(app, token);
    assertLimitReached(await postCall(app, token), 1, [id]);
    await stopCall(app, token, id);
    await openCall(app, token);
    assert.deepEqual(await countCalls('fred'), { all: 2, ongoing: 1 });
  });

  test('ended by an administrator', async () => {
    const token = await personWithLimit('gina', 1);
    const id = await openCall(app, token);
    assert.equal((await postCall(app, token)).status, 409);
    await app.calls.endCall(id, COMMAND_LINE);
    await openCall(app, token);
  });

  test('ended twice, it frees one place only', async () => {
    const token = await personWithLimit('hans', 2);
    const [first] = [await openCall(app, token), await openCall(app, token)];
    await stopCall(app, token, first ?? '');
    await stopCall(app, token, first ?? '');
    await openCall(app, token);
    assert.equal((await postCall(app, token)).status, 409);
  });
});

suite('of 50 simultaneous opens exactly as many succeed as the limit allows, and the others write nothing', () => {
  for (const limit of [1, 2, 5]) {
    test(`at a limit of ${limit}, through two clients`, async () => {
      const name = `racer-${limit}`;
      const tokens = [
        await personWithLimit(name, limit),
        await classicToken(app, otherClient, name),
      ] as const;
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => postCall(app, tokens[index % 2 === 0 ? 0 : 1])),
      );
      const opened = answers.filter(({ status }) => status === 201);
      assert.equal(opened.length, limit);
      assert.equal(answers.filter(({ status }) => status === 409).length, 50 - limit);
      assert.deepEqual(await countCalls(name), { all: limit, ongoing: limit });
      const ids = opened.map(({ location }) => new URL(location).searchParams.get('token_call')).sort();
      const listed = (await getCalls(app, tokens[0])).json<ShownCall[]>().map(({ info }) => info.token);
      assert.deepEqual(listed.sort(), ids);
    });
  }

  test('with as many ends at the same time, the limit is never exceeded', async () => {
    const limit = 2;
    const token = await personWithLimit('churner', limit);
    let ongoing = [await openCall(app, token), await openCall(app, token)];
    for (let round = 0; round < 5; round++) {
      const ended = ongoing.map((id) => stopCall(app, token, id));
      const opened = await Promise.all(Array.from({ length: 10 }, () => postCall(app, token)));
      await Promise.all(ended);
      const { length } = opened.filter(({ status }) => status === 201);
      assert.ok(length <= limit, `${length} opened`);
      ongoing = (await getCalls(app, token)).json<ShownCall[]>().map(({ info }) => info.token);
      assert.equal(ongoing.length, length);
    }
    const [row] = await app.sql(
      `SELECT max((SELECT count(*) FROM calls other
                    WHERE other.user_id = c.user_id AND other.created_at <= c.created_at
                      AND (other.ended_at IS NULL OR other.ended_at > c.created_at)))::integer AS most
         FROM calls c JOIN users u ON u.id = c.user_id WHERE u.name = 'churner'`,
    );
    assert.ok(Number(row?.['most']) <= limit, `${row?.['most']} calls at once`);
  });
});
