import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addCaller,
  CALLER,
  CALLS,
  callTo,
  deleteCall,
  getCall,
  openCall,
  type ShownCall,
  send,
  tokenFor,
} from './call.ts';

const SECOND = '+447700900999';
const READ = 'click-to-dial:calls:read';
const app = await startApp();
const [client, otherClient] = [await addModernClient(app), await addModernClient(app)];
const anna = await addCaller(app, 'anna', { numbers: [CALLER, SECOND] });
const token = await tokenFor(app, client, anna);
const othersToken = await tokenFor(app, otherClient, anna);
await openCall(app, await tokenFor(app, client, await addCaller(app, 'bob')));

interface Page {
  readonly calls: readonly ShownCall[];
  readonly nextPageToken?: string;
}

async function list(query = '', presented = token): Promise<Page> {
  const answer = await send(app, 'GET', `${CALLS}${query}`, presented);
  assert.equal(answer.status, 200, answer.text);
  return answer.json<Page>();
}

async function idsOf(query: string, presented = token): Promise<string[]> {
  return (await list(query, presented)).calls.map(({ id }) => id);
}

/** Nine calls, newest last, begun one minute after another; two of them ended, and two at the very same time. */
const BEGUN = Date.parse('2024-02-03T04:00:00Z');
const ids: string[] = [];
for (let n = 0; n < 9; n++) {
  const number = n === 3 ? SECOND : CALLER;
  const { id } = await openCall(app, n === 5 ? othersToken : token, callTo(undefined, { caller: number }));
  if (n === 1 || n === 5) await deleteCall(app, token, id);
  if (n === 2) {
    await deleteCall(app, token, id);
    await app.sql(`UPDATE calls SET state = 'failed', reason = 'other', connected_at = NULL WHERE id = $1`, [
      id,
    ]);
  }
  const at = new Date(BEGUN + (n === 8 ? 7 : n) * 60_000);
  await app.sql('UPDATE calls SET created_at = $2 WHERE id = $1', [id, at]);
  ids.push(id);
}
const [zero, one, two, three, four, five, six, ...last] = ids as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const newestFirst = [...last.sort().reverse(), six, five, four, three, two, one, zero];

test('the list has all calls that the token may see, newest first, as GET shows each one', async () => {
  const { calls, ...rest } = await list();
  assert.deepEqual(
    calls.map(({ id }) => id),
    newestFirst,
  );
  assert.deepEqual(rest, {});
  for (const call of calls) assert.deepEqual((await getCall(app, token, call.id)).json(), call);
});

test('a narrow token lists the calls that its client opened', async () => {
  assert.deepEqual(
    await idsOf('', await tokenFor(app, client, anna, READ)),
    newestFirst.filter((id) => id !== five),
  );
  assert.deepEqual(await idsOf('', await tokenFor(app, otherClient, anna, READ)), [five]);
  assert.deepEqual(await idsOf('', await tokenFor(app, await addModernClient(app), anna, READ)), []);
});

suite('a filter narrows the list down', () => {
  const without = (...gone: string[]) => newestFirst.filter((id) => !gone.includes(id));
  const filters: Readonly<Record<string, readonly string[]>> = {
    'state=connected': without(one, two, five),
    'state=disconnected': [five, one],
    'state=failed': [two],
    'state=initiating': [],
    'ongoing=true': without(one, two, five),
    'ongoing=false': [five, two, one],
    'ongoing=false&state=failed': [two],
    'ongoing=true&state=failed': [],
    [`caller=${encodeURIComponent(SECOND)}`]: [three],
    [`caller=${encodeURIComponent(CALLER)}`]: without(three),
    'callee=%2B447700900777': [],
    'from=2024-02-03T04:06:00Z': newestFirst.slice(0, 3),
    'from=2024-02-03T04:06:00.001Z': newestFirst.slice(0, 2),
    'to=2024-02-03T04:02:00Z': [one, zero],
    'to=2024-02-03T04:02:00.001Z': [two, one, zero],
    'from=2024-02-03T05:04:00%2B01:00&to=2024-02-03T04:05:00Z': [four],
    'from=2024-02-03&to=2024-02-04': newestFirst,
    'from=2024-02-04': [],
  };
  for (const [query, expected] of Object.entries(filters))
    test(query, async () => assert.deepEqual(await idsOf(`?${query}`), expected));

  test('callee', async () => {
    const { callee } = (await getCall(app, token, four)).json<ShownCall>();
    assert.deepEqual(await idsOf(`?callee=${encodeURIComponent(callee)}`), [four]);
  });
});

suite('pages', () => {
  for (const size of [1, 2, 3, 4, 8]) {
    test(`of ${size} have every call once, in order, even if calls are opened and ended between them`, async () => {
      const seen: string[] = [];
      let page = await list(`?page_size=${size}&to=2024-02-04`);
      const { id } = await openCall(app, token);
      for (; ; page = await list(`?page_size=${size}&to=2024-02-04&page_token=${page.nextPageToken}`)) {
        seen.push(...page.calls.map((call) => call.id));
        if (page.nextPageToken === undefined) break;
        assert.equal(page.calls.length, size);
      }
      assert.deepEqual(seen, newestFirst);
      await app.sql('DELETE FROM calls WHERE id = $1', [id]);
    });
  }

  test('just as long as the list are the last ones', async () => {
    for (const size of [9, 10, 1000])
      assert.equal((await list(`?page_size=${size}&to=2024-02-04`)).nextPageToken, undefined);
  });

  test('of another list are no way to calls that the token does not reach', async () => {
    const { nextPageToken } = await list('?page_size=2');
    const others = await tokenFor(app, otherClient, anna, READ);
    assert.deepEqual(await idsOf(`?page_token=${nextPageToken}`, others), [five]);
  });
});
