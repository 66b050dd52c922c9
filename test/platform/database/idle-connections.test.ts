import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { startApp } from '../../harness/app.ts';

const { database } = await startApp();
const open = () => Object.fromEntries(database.connections().map(({ kind, open }) => [kind, open]));

test('connections stay open, however long they are idle', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const one = { name: 'one', text: 'SELECT 1' };
    const kinds = [{ locks: true }, { batch: true }, { search: true }];
    await Promise.all(kinds.map((kind) => database.query({ ...one, ...kind })));
    const before = open();
    assert.ok(['locking', 'batch', 'pool'].every((kind) => (before[kind] ?? 0) > 0));
    mock.timers.tick(3_600_000);
    assert.deepEqual(open(), before);
  } finally {
    mock.timers.reset();
  }
});
