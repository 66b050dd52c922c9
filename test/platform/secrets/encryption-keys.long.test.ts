import assert from 'node:assert/strict';
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ConfigError } from '../../../src/platform/configuration/variable.ts';
import { findEncryptionKeys } from '../../../src/platform/secrets/encryption-keys.ts';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { runCli, runServer, temporaryFolder } from '../../harness/server-process.ts';

const LINE =
  'clicktocall: ENCRYPTION_KEY: must be set if DATABASE_URL is set, to the same value on every server; create one with openssl rand -base64 32\n';

suite('with an embedded database', () => {
  const find = (dataDir: string) =>
    findEncryptionKeys({ dataDir, databaseUrl: undefined, encryptionKeys: undefined });

  test('the first start creates a key file that only its owner can read, and later starts use it', async () => {
    const folder = join(temporaryFolder(), 'data');
    const [key] = await find(folder);
    assert.equal(key?.length, 32);
    assert.deepEqual(await find(folder), [key]);
    assert.equal(statSync(join(folder, 'encryption-key')).mode & 0o777, 0o600);
    assert.equal(readFileSync(join(folder, 'encryption-key'), 'utf8'), `${key?.toString('base64')}\n`);
  });

  test('servers that start at the same time share one key', async () => {
    const folder = temporaryFolder();
    const found = await Promise.all(Array.from({ length: 8 }, () => find(folder)));
    assert.equal(new Set(found.map(([key]) => key?.toString('base64'))).size, 1);
  });

  test('a key in the environment comes first', async () => {
    const given = [Buffer.alloc(32, 1)];
    const config = { dataDir: temporaryFolder(), databaseUrl: undefined, encryptionKeys: given };
    assert.equal(await findEncryptionKeys(config), given);
  });

  test('a file without a valid key is refused, not replaced', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'encryption-key'), 'half a key');
    await assert.rejects(
      find(folder),
      (error: unknown) =>
        error instanceof ConfigError && /^DATA_DIR: /.test(error.message) && !error.message.includes('half'),
    );
    assert.equal(readFileSync(join(folder, 'encryption-key'), 'utf8'), 'half a key');
  });

  test('a folder in which the file cannot be created is refused with the reason', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await assert.rejects(find(join(file, 'data')), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      return error.message.startsWith(
        `DATA_DIR: the key in ${file}/data/encryption-key cannot be read (ENOTDIR)`,
      );
    });
    const link = join(temporaryFolder(), 'link');
    symlinkSync('/nowhere/data', link);
    await assert.rejects(find(link), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      return error.message.startsWith(`DATA_DIR: ${link} does not exist: `);
    });
  });
});

suite('with DATABASE_URL and no key', async () => {
  const databaseUrl = await createDatabase();
  afterFile(() => dropDatabase(databaseUrl));
  const env = { DATABASE_URL: databaseUrl, ENCRYPTION_KEY: '' };

  test('the server does not start, and says how to fix it', async () => {
    const ended = await runServer(env);
    assert.deepEqual([ended.code, ended.stderr], [2, LINE]);
  });

  test('commands that need no key work', async () => {
    assert.equal((await runCli(['user', 'list'], env)).code, 0);
    assert.equal((await runCli(['webhook', 'list', 'unknown'], env)).code, 0);
  });

  test('commands that need a key fail with a hint', async () => {
    const ended = await runCli(['webhook', 'add', 'unknown', 'https://hooks.example.com/'], env);
    assert.deepEqual([ended.code, ended.stderr], [2, LINE]);
  });
});
