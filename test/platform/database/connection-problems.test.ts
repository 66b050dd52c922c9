import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { suite, test } from 'node:test';
import { readConfig } from '../../../src/config/config.ts';
import { DatabaseNotOpened, openDatabase } from '../../../src/platform/database/open-database.ts';
import { readBlocks } from '../../docs/markdown.ts';
import { createDatabase, dropDatabase, ENCRYPTION_KEY } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { freePort } from '../../harness/free-port.ts';
import { errorResponse, type PoolerMode, startPooler } from '../../harness/pooler.ts';

/** The message with which the server refuses to start, without the name of the variable. */
async function refusalOf(databaseUrl: string): Promise<string> {
  const config = readConfig({ DATABASE_URL: databaseUrl, ENCRYPTION_KEY });
  const error = await openDatabase(config).then(
    async ({ close }) => {
      await close();
      return assert.fail('the database was opened');
    },
    (error: unknown) => error,
  );
  assert.ok(error instanceof DatabaseNotOpened, String(error));
  assert.match(error.message, /^DATABASE_URL: [^\n]+$/);
  return error.message.replace(/^DATABASE_URL: /, '');
}

/** A PostgreSQL that refuses every connection. @returns its host and port */
async function startRefusing(message: string, sqlState: string): Promise<string> {
  const server = createServer((client) => {
    client.on('error', () => {}); // cut by the driver
    client.once('data', () => client.end(errorResponse(message, sqlState)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterFile(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

suite('a failed connection is explained without a part of DATABASE_URL', () => {
  // A mistyped URL may have the password in any place.
  const user = 'very-secret-1';
  const name = 'very-secret-2';
  for (const [sqlState, message, expected] of [
    [
      '28P01',
      `password authentication failed for user "${user}"`,
      /does not accept its user name and password/,
    ],
    ['28000', `role "${user}" does not exist`, /does not accept its user name/],
    ['3D000', `database "${name}" does not exist`, /has no database of its name/],
    ['53300', `too many connections for role "${user}"`, /has no free connection/],
    ['57P03', 'the database system is starting up', /is starting or stopping/],
    ['42501', `permission denied for database "${name}"`, /^permission denied for database \(/],
    ['42501', `permission denied for schema ${name}`, /^permission denied for schema \(/],
    ['42501', `permission denied to set role "${user}"`, /^permission denied for its user \(/],
    ['XX000', `no pg_hba.conf entry for "${user}"`, /reports an error, which its log explains/],
  ] as const) {
    test(`PostgreSQL answers ${sqlState}: ${message}`, async () => {
      const host = await startRefusing(message, sqlState);
      const refusal = await refusalOf(`postgresql://${user}:very-secret@${host}/${name}`);
      assert.match(refusal, expected);
      assert.match(refusal, new RegExp(sqlState));
      assert.doesNotMatch(refusal, /very-secret/);
    });
  }

  const databaseUrl = createDatabase();
  afterFile(async () => dropDatabase(await databaseUrl));
  for (const [parameter, expected] of [
    ['options=-cvery-secret=1', /does not know one of its parameters \(42704\)/],
    ['options=very-secret', /does not accept one of its parameters \(42601\)/],
    ['options=-cwork_mem%3Dvery-secret', /the value of one of its parameters \(22023\)/],
    ['options=-crole%3Dvery-secret', /the value of one of its parameters \(22023\)/],
    ['replication=very-secret', /the value of one of its parameters \(22023\)/],
    ['sslnegotiation=very-secret', /its parameter sslnegotiation is wrong/],
  ] as const) {
    test(`PostgreSQL gets ${parameter}`, async () => {
      const url = await databaseUrl;
      const refusal = await refusalOf(`${url}${url.includes('?') ? '&' : '?'}${parameter}`);
      assert.match(refusal, expected);
      assert.doesNotMatch(refusal, /very.secret/i);
    });
  }

  for (const [what, url, expected] of [
    ['no such host', 'u@very-secret.invalid/d', /its host name cannot be resolved/],
    ['no such socket', 'u@/d?host=/nowhere/very-secret', /has no socket in its folder \(ENOENT\)/],
    [
      'no such file',
      'u@127.0.0.1/d?sslrootcert=/very-secret',
      /a file that its parameters name cannot be read \(ENOENT\)/,
    ],
  ] as const) {
    test(what, async () => {
      const refusal = await refusalOf(`postgresql://${url}`);
      assert.match(refusal, expected);
      assert.doesNotMatch(refusal, /very-secret/);
    });
  }

  test('nothing listens', async () => {
    const port = await freePort();
    const refusal = await refusalOf(`postgresql://u@127.0.0.1:${port}/d`);
    assert.equal(refusal, 'PostgreSQL does not listen at its host and port (ECONNREFUSED)');
  });
});

suite('a pooler that does not keep sessions is refused at the start', async () => {
  const databaseUrl = await createDatabase();
  afterFile(() => dropDatabase(databaseUrl));
  for (const [mode, expected] of [
    [
      'refuse',
      /^PgBouncer refuses the startup parameter \w+_timeout: set pool_mode = session and ignore_startup_parameters, /,
    ],
    [
      'drop',
      /^a pooler drops the timeouts of connections \(idle_in_transaction_session_timeout, lock_timeout, statement_timeout\): /,
    ],
    [
      'transaction',
      /^two connections share one session of PostgreSQL, as behind a pooler in transaction mode: /,
    ],
  ] as [PoolerMode, RegExp][]) {
    test(mode, async () => {
      const refusal = await refusalOf(await startPooler(mode, databaseUrl));
      assert.match(refusal, expected);
      assert.match(
        refusal,
        /connect to PostgreSQL directly, or see "Poolers" in docs\/operate\/database\.md$/,
      );
    });
  }

  test('and accepted in session mode, if the role has the timeouts', async () => {
    const owner = await openDatabase(readConfig({ DATABASE_URL: databaseUrl, ENCRYPTION_KEY }));
    const [{ name } = { name: '' }] = await owner.database.query<{ name: string }>({
      name: 'name',
      text: 'SELECT current_database() AS name',
    });
    const [settings = ''] = readBlocks('docs/operate/database.md', 'sql', 'Poolers');
    await owner.database.pool.query(settings.replaceAll('ROLE clicktocall', `DATABASE ${name}`));
    await owner.close();
    const { close } = await openDatabase(
      readConfig({ DATABASE_URL: await startPooler('drop', databaseUrl), ENCRYPTION_KEY }),
    );
    await close();
  });
});
