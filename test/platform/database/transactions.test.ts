import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Queryable } from '../../../src/platform/database/database.ts';
import {
  DatabaseConnectionFailed,
  DatabaseQueryFailed,
  DatabaseUnavailable,
  StatementRejected,
} from '../../../src/platform/database/database-errors.ts';
import { DomainError, InvalidInput } from '../../../src/platform/domain-error.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';

const app = await startApp();
const { database } = app;
const statement = (text: string) => ({
  name: `test_${text.length}_${Buffer.from(text).toString('hex').slice(-30)}`,
  text,
});
const count = async () =>
  (await app.sql<{ count: number }>('SELECT count(*)::integer FROM users'))[0]?.count ?? -1;

class Refused extends DomainError {
  static readonly declaration = { code: 'refused', status: 409, description: 'It was refused.' };
}

suite('an error in a transaction is rethrown unchanged, and the transaction is rolled back', () => {
  for (const thrown of [
    new TypeError("Cannot read properties of undefined (reading 'id')"),
    new Error('connection timeout of something else'),
    new Refused('no'),
    undefined,
  ])
    test(String(thrown), async () => {
      const before = await count();
      const failed = await database
        .transaction(async (tx) => {
          await tx.query(
            statement(`INSERT INTO users (name, password_hash, max_ongoing_calls) VALUES ('never', '', 1)`),
          );
          throw thrown;
        })
        .then(
          () => assert.fail('the transaction was committed'),
          (error: unknown) => error,
        );
      assert.equal(failed, thrown);
      assert.equal(await count(), before);
    });

  test('also if the connection is lost before the rollback', async () => {
    const bug = new TypeError('a bug');
    const failed = database.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>(statement('SELECT pg_backend_pid() AS pid'));
      await app.sql('SELECT pg_terminate_backend($1, 1000)', [row?.pid]);
      throw bug;
    });
    await assert.rejects(failed, (error) => error === bug);
    const one = await Promise.all(
      Array.from({ length: 10 }, () => database.transaction((tx) => tx.query(statement('SELECT 1')))),
    );
    assert.equal(one.length, 10, 'the lost connection was used again');
  });
});

suite('errors of PostgreSQL show whether a retry helps', () => {
  const raise = (state: string) => database.query(statement(`DO $$ BEGIN RAISE SQLSTATE '${state}'; END $$`));
  for (const [state, kind, what] of [
    ['42703', StatementRejected, 'undefined column: a fault of the statement'],
    ['23514', StatementRejected, 'check violation: a fault of the statement'],
    ['22012', StatementRejected, 'division by zero: a fault of the statement'],
    ['22021', InvalidInput, 'a character that cannot be stored'],
    ['40P01', DatabaseQueryFailed, 'deadlock'],
    ['53100', DatabaseQueryFailed, 'disk full'],
    ['25006', DatabaseQueryFailed, 'read-only transaction'],
    ['57P01', DatabaseConnectionFailed, 'shutdown'],
    ['28P01', DatabaseConnectionFailed, 'wrong password'],
  ] as const)
    test(`${state} ${what}`, () => assert.rejects(raise(state), kind));
});

suite('an error of the driver is a bug, not an outage', () => {
  const circular: { toPostgres(): unknown } = { toPostgres: () => circular };
  const unwritable = (db: Queryable) => db.query(statement('SELECT $1::text'), [circular]);
  const refusals: Record<string, () => Promise<unknown>> = {
    'a second statement of the same name': () =>
      database.transaction(async (tx) => {
        await tx.query({ name: 'test_twice', text: 'SELECT 1' });
        await tx.query({ name: 'test_twice', text: 'SELECT 2' });
      }),
    'a value that cannot be written': () => unwritable(database),
    'such a value in a transaction': () => database.transaction(unwritable),
  };
  for (const [what, attempt] of Object.entries(refusals))
    test(what, () => assert.rejects(attempt, (error) => !(error instanceof DatabaseUnavailable)));
});

test('a statement that PostgreSQL rejects is a 500, not an outage', async () => {
  await addUser(app, 'anna');
  const token = await classicToken(app, await addClassicClient(app), 'anna');
  await app.sql('ALTER TABLE calls RENAME COLUMN callee TO gone');
  const answer = await fetch(`${app.url}/rest/call`, { headers: bearer(token) });
  assert.equal(answer.status, 500);
  assert.equal(answer.headers.get('retry-after'), null);
  await app.sql('ALTER TABLE calls RENAME COLUMN gone TO callee');
  assert.equal((await fetch(`${app.url}/rest/call`, { headers: bearer(token) })).status, 200);
});
