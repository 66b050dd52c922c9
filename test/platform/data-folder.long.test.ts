import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createDataFolder, DataFolderUnusable } from '../../src/platform/data-folder.ts';
import { startEmbedded } from '../../src/platform/database/embedded/embedded.ts';
import { CONTAINERS_MISSING, runContainer } from '../harness/container.ts';
import { runCli, runServer, temporaryFolder } from '../harness/server-process.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const NOBODY = 65_534;

/** Mounts a file system, and runs the server. */
const WITH_MOUNT = ['sh', '-c', 'mount -t tmpfs -o "$MOUNT" none "$MOUNT_AT" && exec "$0" "$@"'];

/** Copies an existing data folder onto a disk, and fills it. */
const FULL_DISK = `mount -t tmpfs -o size=256m none "$MOUNT_AT" && cp -a "$FOLDER/." "$MOUNT_AT" &&
  ! dd if=/dev/zero of="$MOUNT_AT/filler" bs=64k 2>/dev/null`;
/** How long a start waits for its database. */
const DEADLINE_SECONDS = 30;

async function existingFolder(): Promise<string> {
  const folder = temporaryFolder();
  await (await startEmbedded(folder)).release();
  return folder;
}

const advice = 'choose another DATA_DIR or set DATABASE_URL';

suite('a server says in one line why it cannot use', () => {
  test('a path below a file', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    for (const DATA_DIR of [file, join(file, 'data')]) {
      const { code, stderr } = await runServer({ DATA_DIR });
      assert.deepEqual([code, stderr], [2, `clicktocall: DATA_DIR: ${file} is not a folder: ${advice}\n`]);
    }
    const { code, stderr } = await runCli(['user', 'list'], { DATA_DIR: file });
    assert.deepEqual([code, stderr], [1, `clicktocall: DATA_DIR: ${file} is not a folder: ${advice}\n`]);
  });

  test('a link to nowhere, such as a disk that is not mounted', async () => {
    const DATA_DIR = join(temporaryFolder(), 'link');
    symlinkSync('/nowhere/data', DATA_DIR);
    const { code, stderr } = await runServer({ DATA_DIR });
    assert.deepEqual([code, stderr], [2, `clicktocall: DATA_DIR: ${DATA_DIR} does not exist: ${advice}\n`]);
  });

  for (const [what, options, folder, reason] of [
    ['a new folder on a read-only file system', 'ro', 'new/data', 'is on a read-only file system'],
    ['an empty read-only file system', 'ro', '', 'is on a read-only file system'],
    ['a full disk, for the database', 'size=8m', '', 'is on a full disk'],
    ['a full disk, for the first file', 'nr_inodes=1', '', 'is on a full disk'],
  ] as const) {
    test(what, { skip: CONTAINERS_MISSING ?? false }, async () => {
      const at = temporaryFolder();
      const env = { MOUNT: options, MOUNT_AT: at, DATA_DIR: join(at, folder) };
      const server = runContainer([...WITH_MOUNT, process.execPath, MAIN], env);
      assert.equal(await server.ended, 2, server.output());
      const named = join(at, folder.split('/')[0] ?? '');
      assert.equal(
        server.output(),
        `clicktocall: DATA_DIR: ${named.replace(/\/$/, '')} ${reason}: ${advice}\n`,
      );
    });
  }

  test('an existing database that has become read-only', { skip: CONTAINERS_MISSING ?? false }, async () => {
    const existing = await existingFolder();
    const mount = ['sh', '-c', 'mount --bind -o ro "$DATA_DIR" "$DATA_DIR" && exec "$0" "$@"'];
    const server = runContainer([...mount, process.execPath, MAIN], { DATA_DIR: existing });
    assert.equal(await server.ended, 2, server.output());
    assert.equal(
      server.output(),
      `clicktocall: DATA_DIR: ${existing} is on a read-only file system: ${advice}\n`,
    );
  });

  test('an existing database whose disk is full, without waiting for it', {
    skip: CONTAINERS_MISSING ?? false,
  }, async () => {
    const at = temporaryFolder();
    const fill = ['sh', '-c', `${FULL_DISK} && exec "$0" "$@"`];
    const env = { FOLDER: await existingFolder(), MOUNT_AT: at, DATA_DIR: at };
    const server = runContainer([...fill, process.execPath, MAIN], env);
    const started = performance.now();
    assert.equal(await server.ended, 2, server.output());
    assert.equal(server.output(), `clicktocall: DATA_DIR: ${at} is on a full disk: ${advice}\n`);
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds < DEADLINE_SECONDS / 2, `after ${seconds} s`);
  });

  test('a folder of another user', async (t) => {
    const closed = join(temporaryFolder(), 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o555);
    if (process.geteuid?.() === 0) {
      process.seteuid?.(NOBODY);
      t.after(() => process.seteuid?.(0));
    }
    await assert.rejects(createDataFolder(join(closed, 'data')), (error) => {
      assert.ok(error instanceof DataFolderUnusable);
      return error.message.startsWith(`${closed}/data is not writable by the user of this process: `);
    });
  });
});
