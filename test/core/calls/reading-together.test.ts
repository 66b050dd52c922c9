import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { CALLS } from '../../web/api/call.ts';
import { insertCalls, insertToken, insertUser } from './rows.ts';

const USERS = 30;
const app = await startApp();
const { client } = await addModernClient(app);

interface Reader {
  readonly token: string;
  readonly calls: readonly string[];
}

async function addReader(calls: number): Promise<Reader> {
  const userId = await insertUser(app, randomUUID());
  return {
    token: await insertToken(app, userId, client.id),
    calls: calls === 0 ? [] : await insertCalls(app, userId, calls),
  };
}

async function get(path: string, { token }: Reader): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(app.url + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, json: await answer.json() };
}

interface Page {
  readonly calls: readonly { readonly id: string }[];
  readonly nextPageToken?: string;
}

const tokens = (json: unknown) =>
  (json as { info: { token: string } }[]).map(({ info }) => info.token).sort();

suite('simultaneous requests to read calls', async () => {
  const readers = await Promise.all(Array.from({ length: USERS }, (_, index) => addReader(index % 4)));
  const stranger: Reader = { token: 'unknown', calls: [] };

  test('return each user’s own calls only', async () => {
    const answers = await Promise.all(readers.map((reader) => get('/rest/call', reader)));
    assert.deepEqual(
      answers.map(({ json }) => tokens(json)),
      readers.map(({ calls }) => calls.toSorted()),
    );
  });

  test('return each user’s own calls by /api/v1, page by page', async () => {
    const list = `${CALLS}?ongoing=true&page_size=2`;
    const answers = await Promise.all(readers.map((reader) => get(list, reader)));
    const pages = answers.map(({ json }) => json as Page);
    const inOrder = readers.map(({ calls }) => calls.toSorted().toReversed()); // all began at the same time
    assert.deepEqual(
      pages.map(({ calls }) => calls.map(({ id }) => id)),
      inOrder.map((calls) => calls.slice(0, 2)),
    );
    assert.deepEqual(
      pages.map(({ nextPageToken }) => nextPageToken !== undefined),
      readers.map(({ calls }) => calls.length > 2),
    );
    const [reader, first] = [readers[3], pages[3]] as [Reader, Page];
    const { json } = await get(`${list}&page_token=${first.nextPageToken}`, reader);
    assert.deepEqual(
      (json as Page).calls.map(({ id }) => id),
      [inOrder[3]?.[2]],
    );
  });

  test('with an unknown token are refused, and the others are not', async () => {
    const asking = [readers[1], stranger, readers[2], stranger, readers[3]] as Reader[];
    const answers = await Promise.all(asking.map((reader) => get('/rest/call', reader)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 401, 200, 401, 200],
    );
  });

  test('for one call each find it, if it is the user’s own', async () => {
    const some = readers.filter(({ calls }) => calls.length > 0);
    const own = some.map((reader) => get(`/rest/call?token_call=${reader.calls[0]}`, reader));
    const others = some.map((reader, index) =>
      get(`/rest/call?token_call=${some.at(index - 1)?.calls[0]}`, reader),
    );
    const found = (await Promise.all(own)).map(
      ({ json }) => (json as { info: { token: string } }).info.token,
    );
    assert.deepEqual(
      found,
      some.map(({ calls }) => calls[0]),
    );
    for (const { status } of await Promise.all(others)) assert.equal(status, 409); // so it was documented in 2012
  });

  test('succeed although one of them has an id that PostgreSQL cannot store', async () => {
    const [one] = readers.filter(({ calls }) => calls.length > 0) as [Reader];
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        get(`/rest/call?token_call=${index === 5 ? '%00' : one.calls[0]}`, one),
      ),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array(10).fill(200).with(5, 400),
    );
  });
});
