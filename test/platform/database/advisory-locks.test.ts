import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ADVISORY_LOCKS,
  type AdvisoryLock,
  tryAdvisoryLock,
} from '../../../src/platform/database/advisory-locks.ts';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';

const DECLARATION = 'src/platform/database/advisory-locks.ts';
const root = join(import.meta.dirname, '../../..');
const names = Object.keys(ADVISORY_LOCKS) as AdvisoryLock[];

const url = await createDatabase();
const database = connectDatabase(url);
afterFile(async () => {
  await database.close();
  await dropDatabase(url);
});

test('no two advisory locks have the same number', () => {
  const numbers = Object.values(ADVISORY_LOCKS);
  assert.equal(new Set(numbers).size, numbers.length);
});

test('only the declaration of the locks contains their numbers', () => {
  const numbers = Object.values(ADVISORY_LOCKS).map(
    (number) => new RegExp(`\\b${[...`${number}`].join('_?')}n?\\b`),
  );
  const writers = globSync(['src/**/*.ts', 'database/**/*.sql'], { cwd: root })
    .filter((file) => file !== DECLARATION)
    .filter((file) => numbers.some((number) => number.test(readFileSync(join(root, file), 'utf8'))));
  assert.deepEqual(writers, []);
});

test('each lock can be taken while another transaction has all the others', async () => {
  for (const name of names) {
    await database.transaction(async (one) => {
      for (const other of names.filter((each) => each !== name))
        assert.equal(await tryAdvisoryLock(one, other), true, other);
      await database.transaction(async (another) => {
        assert.equal(await tryAdvisoryLock(another, name), true, name);
      });
    });
  }
});

test('a taken lock is not free until its transaction ends', async () => {
  const taken = () => database.transaction((tx) => tryAdvisoryLock(tx, 'retention'));
  await database.transaction(async (tx) => {
    assert.equal(await tryAdvisoryLock(tx, 'retention'), true);
    assert.equal(await taken(), false);
  });
  assert.equal(await taken(), true);
});
