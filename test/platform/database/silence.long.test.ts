import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { DatabaseTimedOut } from '../../../src/platform/database/database-errors.ts';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { startProxy } from '../../harness/proxy.ts';
import { slowness } from '../../harness/slowness.ts';
import { until } from '../../harness/until.ts';

const databaseUrl = await createDatabase();
afterFile(() => dropDatabase(databaseUrl));
const way = await startProxy(databaseUrl);
const { host, port, user, database: name } = way.settings;
const database = connectDatabase(`postgresql://${user}@${host}:${port}/${name}`);

const one = { name: 'one', text: 'SELECT 1 AS one' };
const lock = { ...one, locks: true };
const SOON_MS = 2_000;

async function fails(statement: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await assert.rejects(statement, DatabaseTimedOut);
  return performance.now() - begun;
}

suite('an unresponsive database', () => {
  test('is not a slow one: a slow statement continues, and so do others', async () => {
    const slow = database.query({ name: 'slow', text: 'SELECT pg_sleep(2.5)', locks: true });
    assert.deepEqual(await database.query(one), [{ one: 1 }]);
    assert.equal((await slow).length, 1);
  });

  test('fails all waiting statements within two seconds, and new ones at once', async () => {
    await Promise.all([database.query(one), database.query(lock)]);
    const before = await slowness();
    way.swallow();
    const many = Array.from({ length: 200 }, () => [database.query(one), database.query(lock)]).flat();
    const waiting = [...many, database.transaction((tx) => tx.query(one)), database.pool.query('SELECT')];
    const asked = performance.now();
    const outcomes = await Promise.allSettled(waiting);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    const took = performance.now() - asked;
    const slow = Math.max(before, await slowness());
    assert.ok(took / slow < SOON_MS, `took ${took} ms, on a machine ${slow} times slower`);
    for (const statement of [one, lock]) assert.ok((await fails(database.query(statement))) < 100);
    assert.ok((await fails(database.transaction((tx) => tx.query(one)))) < 100);
  });

  test('is used again soon after it responds, without extra connections', async () => {
    way.recover();
    await until('it is used', () => database.query(one).catch(() => false), SOON_MS / 1000);
    assert.equal((await database.transaction((tx) => tx.query(lock))).length, 1);
    const open = () => database.connections().reduce((sum, each) => sum + each.open, 0);
    await until('nothing is left', () => way.connections() === open() + 1);
  });

  test('does not prevent closing, which leaves no connection', async () => {
    way.swallow();
    const waiting = database.query(one).catch(() => 'cut');
    await database.close();
    assert.equal(await waiting, 'cut');
    await until('no connection is left', () => way.connections() === 0);
  });
});
