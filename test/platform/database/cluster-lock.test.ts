import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { takeClusterLock } from '../../../src/platform/database/embedded/cluster-lock.ts';
import { temporaryFolder } from '../../harness/server-process.ts';

const isLinux = process.platform === 'linux';

/** The error of a lock while `PATH` is one folder. */
async function refusalWith(folder: string): Promise<Error> {
  const path = process.env['PATH'];
  process.env['PATH'] = folder;
  try {
    return await takeClusterLock(temporaryFolder()).then(
      () => assert.fail('the lock was taken'),
      (error: Error) => error,
    );
  } finally {
    process.env['PATH'] = path;
  }
}

suite('the lock of the embedded database cannot be taken', {
  skip: !isLinux && 'only Linux needs flock',
}, () => {
  test('without the command flock: the error says what to install', async () => {
    const { message } = await refusalWith(temporaryFolder());
    assert.match(message, /^the command flock is missing, .*install util-linux/);
  });

  test('with a flock that does not start: the error gives the reason of the system', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'flock'), '', { mode: 0o600 });
    const { message } = await refusalWith(folder);
    assert.equal(message, 'the command flock, which PostgreSQL needs here, cannot be started (EACCES)');
  });
});
