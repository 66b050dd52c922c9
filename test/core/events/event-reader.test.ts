import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { createEventReader } from '../../../src/core/events/event-reader.ts';
import { STREAM_SCOPES } from '../../../src/core/events/live-streams.ts';
import type { Access } from '../../../src/core/tokens/access.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { TokenInvalid } from '../../../src/core/tokens/token-errors.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { insertCalls, insertToken, insertUser } from '../calls/rows.ts';
import { watchStatements } from '../calls/watch-statements.ts';

const app = await startApp();
const { client } = await addModernClient(app);

const accessOf = (token: string): Access => ({
  token: { hash: hashToken(token), proofKeyThumbprint: null, inQuery: false, resource: null },
  scopes: STREAM_SCOPES,
});

async function addReader(calls: number) {
  const userId = await insertUser(app, randomUUID());
  const access = accessOf(await insertToken(app, userId, client.id));
  return { access, calls: await insertCalls(app, userId, calls) };
}

suite('streams that have news at the same time', () => {
  test('share statements, and each gets its own events after its own cursor', async () => {
    const { database, statements } = watchStatements(app.database);
    const read = createEventReader(database);
    const readers = await Promise.all(Array.from({ length: 40 }, (_, index) => addReader(index % 4)));
    const pages = await Promise.all(readers.map(({ access }, index) => read(access, `${index % 2}`, 50)));
    for (const [index, { events, cursor }] of pages.entries()) {
      const calls = readers[index]?.calls ?? [];
      const after = index % 2;
      const numbers = events.map(({ sequence }) => Number(sequence));
      assert.deepEqual(
        numbers,
        calls.map((_, place) => place + 1).filter((number) => number > after),
      );
      assert.ok(events.every(({ callId }) => calls.includes(callId)));
      assert.equal(cursor, `${Math.max(after, calls.length)}`);
    }
    assert.ok(statements() <= 2, `${statements()}`);
  });

  test('have their own limits', async () => {
    const read = createEventReader(app.database);
    const [one, other] = await Promise.all([addReader(5), addReader(5)]);
    const [short, long] = await Promise.all([read(one.access, '0', 2), read(other.access, '0', 50)]);
    assert.deepEqual([short.events.length, short.full, short.cursor], [2, true, '2']);
    assert.deepEqual([long.events.length, long.full, long.cursor], [5, false, '5']);
  });

  test('are refused alone if a token is no longer valid', async () => {
    const read = createEventReader(app.database);
    const [one, other] = await Promise.all([addReader(1), addReader(2)]);
    const [first, refused, last] = await Promise.allSettled([
      read(one.access, '0', 50),
      read(accessOf('unknown'), '0', 50),
      read(other.access, '0', 50),
    ]);
    assert.ok(refused.status === 'rejected' && refused.reason instanceof TokenInvalid);
    const counts = [first, last].map((page) => page.status === 'fulfilled' && page.value.events.length);
    assert.deepEqual(counts, [1, 2]);
  });
});
