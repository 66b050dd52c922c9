import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEmbedded } from '../../../src/platform/database/embedded/embedded.ts';
import { CONTAINERS_MISSING, type Container, runContainer } from '../../harness/container.ts';
import { freePort } from '../../harness/free-port.ts';
import { temporaryFolder } from '../../harness/server-process.ts';
import { until } from '../../harness/until.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
/** A container whose first process outlives the server. */
const BESIDE = ['sh', '-c', '"$@" & exec sleep 600', 'sh'];

interface Server extends Container {
  readonly url: string;
}

async function startServer(
  dataDir: string,
  { init = [], env = {} }: { init?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Server> {
  const port = await freePort();
  const container = runContainer([...init, process.execPath, MAIN], {
    DATA_DIR: dataDir,
    PORT: String(port),
    ...env,
  });
  return { ...container, url: `http://localhost:${port}` };
}

/** Waits until the server accepts requests, and fails as soon as two PostgreSQLs run on its folder. */
async function isReady(server: Server, dataDir: string): Promise<void> {
  await until(
    () => `the server is ready: ${server.output()}`,
    () => {
      assert.ok(postmasters(dataDir).length <= 1, `two PostgreSQLs run on ${dataDir}`);
      assert.ok(!server.isOver(), server.output());
      return server.output().includes('is ready at');
    },
    30,
  );
}

async function isServed({ url }: Server): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).status === 200;
}

/** The PostgreSQLs of the folder on this machine, in all containers. Their children begin with the same arguments. */
function postmasters(dataDir: string): number[] {
  const argument = `\0-D\0${join(dataDir, 'postgres')}\0`;
  const parents = new Map<number, number>();
  for (const pid of readdirSync('/proc').map(Number)) {
    if (!contentOf(`/proc/${pid}/cmdline`).includes(argument)) continue;
    const [, parent] = /^PPid:\s*(\d+)$/m.exec(contentOf(`/proc/${pid}/status`)) ?? [];
    if (parent !== undefined) parents.set(pid, Number(parent));
  }
  return [...parents].filter(([, parent]) => !parents.has(parent)).map(([pid]) => pid);
}

/** Empty if the process has ended. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function existingFolder(): Promise<string> {
  const dataDir = temporaryFolder();
  await (await startEmbedded(dataDir)).release();
  return dataDir;
}

/** PostgreSQL recovers at its next start, until the returned function is called. */
function prolongRecovery(dataDir: string): () => void {
  const folder = join(dataDir, 'postgres');
  const [blocker, signal] = [join(dataDir, 'blocker'), join(folder, 'recovery.signal')];
  const { uid, gid } = statSync(folder);
  for (const file of [blocker, signal]) {
    writeFileSync(file, '');
    chownSync(file, uid, gid);
  }
  chmodSync(dataDir, 0o755);
  appendFileSync(
    join(folder, 'postgresql.conf'),
    `hot_standby = off\nrestore_command = 'while test -e ${blocker}; do sleep 0.02; done; false'\n`,
  );
  return () => rmSync(blocker);
}

/** How many connections a recovering PostgreSQL has refused. */
const refusals = (dataDir: string) =>
  contentOf(join(dataDir, 'postgres.log')).split('the database system is starting up').length - 1;

/** The command flock with a record of what it exits with. */
function recordedFlock(): { readonly env: Record<string, string>; readonly statuses: () => string[] } {
  const folder = temporaryFolder();
  const record = join(folder, 'statuses');
  const path = process.env['PATH'];
  const script = `#!/bin/sh\nPATH='${path}' flock "$@"\nstatus=$?\necho $status >> ${record}\nexit $status\n`;
  writeFileSync(join(folder, 'flock'), script, { mode: 0o755 });
  return {
    env: { PATH: `${folder}:${path}` },
    statuses: () => contentOf(record).split('\n').filter(Boolean),
  };
}

suite('servers in two containers on one data folder', { skip: CONTAINERS_MISSING ?? false }, () => {
  for (const [what, folder] of [
    ['a fresh', async () => temporaryFolder()],
    ['an existing', existingFolder],
  ] as const) {
    test(`that start together on ${what} folder share one PostgreSQL, and one continues without the other`, async () => {
      const dataDir = await folder();
      const [one, two] = await Promise.all([startServer(dataDir), startServer(dataDir)]);
      await Promise.all([isReady(one, dataDir), isReady(two, dataDir)]);
      assert.deepEqual([await isServed(one), await isServed(two)], [true, true]);
      assert.deepEqual(readdirSync(dataDir).sort(), [
        'encryption-key',
        'postgres',
        'postgres.lock',
        'postgres.log',
      ]);
      // PostgreSQL ends with the container that started it, and the other one starts it again.
      assert.equal(await one.stop('SIGTERM'), 0);
      await until('the other one is served', () => isServed(two));
      assert.equal(postmasters(dataDir).length, 1);
      assert.equal(await two.stop('SIGTERM'), 0);
      assert.equal(postmasters(dataDir).length, 0);
    });
  }

  test('wait while PostgreSQL recovers whose starter was killed, and then join it', async () => {
    const dataDir = await existingFolder();
    const endRecovery = prolongRecovery(dataDir);
    const first = await startServer(dataDir, { init: BESIDE });
    await until('PostgreSQL recovers', () => refusals(dataDir) > 0);
    const [starter] = first.children();
    assert.ok(starter);
    process.kill(starter, 'SIGKILL');
    const recovering = postmasters(dataDir);
    assert.equal(recovering.length, 1);

    const second = await startServer(dataDir);
    const before = refusals(dataDir);
    // After each refusal, the second server starts a PostgreSQL if none runs.
    await until('the second server is refused repeatedly', () => refusals(dataDir) >= before + 3);
    assert.deepEqual(postmasters(dataDir), recovering);
    assert.doesNotMatch(second.output(), /ready/);
    endRecovery();
    await isReady(second, dataDir);
    assert.deepEqual(postmasters(dataDir), recovering);
    assert.equal(await isServed(second), true);
    assert.equal(await second.stop('SIGTERM'), 0);
  });

  test('wait for the processes of a dead PostgreSQL, which may still write', async () => {
    const dataDir = await existingFolder();
    const first = await startServer(dataDir, { init: BESIDE });
    await isReady(first, dataDir);
    const [postmaster] = postmasters(dataDir);
    const writer = childNamed(postmaster, 'checkpointer');
    process.kill(writer, 'SIGSTOP');
    for (const pid of [...first.children(), postmaster ?? 0]) process.kill(pid, 'SIGKILL');

    const { env, statuses } = recordedFlock();
    const second = await startServer(dataDir, { env });
    // A server that gets the lock starts PostgreSQL before its next attempt.
    await until('the second server tries to take the lock repeatedly', () => statuses().length >= 3);
    assert.deepEqual(new Set(statuses()), new Set(['1']));
    assert.deepEqual(postmasters(dataDir), []);
    process.kill(writer, 'SIGKILL');
    await isReady(second, dataDir);
    assert.equal(await second.stop('SIGTERM'), 0);
  });

  test('give up in one line on a PostgreSQL that does not answer', async () => {
    const dataDir = await existingFolder();
    const first = await startServer(dataDir, { init: BESIDE });
    await isReady(first, dataDir);
    const [postmaster] = postmasters(dataDir);
    process.kill(postmaster ?? 0, 'SIGSTOP');
    await assert.rejects(startEmbedded(dataDir, { deadlineMs: 300 }), {
      message: `another process or container runs the PostgreSQL in ${dataDir}, which accepted no connection within 0.3 s: stop it, or look into ${dataDir}/postgres.log`,
    });
    await first.stop('SIGKILL');
  });
});

test('a start waits for a recovery that takes longer than its deadline', async () => {
  const dataDir = await existingFolder();
  const endRecovery = prolongRecovery(dataDir);
  const starting = startEmbedded(dataDir, { deadlineMs: 300 });
  await until('PostgreSQL recovers', () => refusals(dataDir) > 0);
  assert.equal(await Promise.race([sleep(900, 'waiting'), starting]), 'waiting');
  endRecovery();
  await (await starting).release();
});

function childNamed(parent: number | undefined, name: string): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
  const child = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name));
  assert.ok(child);
  return Number(child);
}
