import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Listener, listen } from '../../../src/platform/database/listener.ts';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { createPool } from '../../harness/pool.ts';
import { startProxy } from '../../harness/proxy.ts';
import { until } from '../../harness/until.ts';

const NAME = 'the listener';
const databaseUrl = await createDatabase();
afterFile(() => dropDatabase(databaseUrl));
const pool = createPool(databaseUrl);
afterFile(() => pool.end());
const proxy = await startProxy(databaseUrl);
const settings = {
  ...proxy.settings,
  application_name: NAME,
  connectionTimeoutMillis: 500,
  query_timeout: 200,
};

const heard: string[] = [];

async function hears(): Promise<void> {
  const word = `word ${Math.random()}`;
  await until('it is heard', async () => {
    await pool.query(`SELECT pg_notify('words', $1)`, [word]);
    return heard.includes(word);
  });
}

async function backends(): Promise<number> {
  const { rows } = await pool.query('SELECT pid FROM pg_stat_activity WHERE application_name = $1', [NAME]);
  return rows.length;
}

function start(): Listener {
  return listen(settings, 'words', (word) => heard.push(word), 50);
}

suite('a listener gets', () => {
  let listener: Listener;

  test('each notification once, in order', async () => {
    listener = start();
    await hears();
    await pool.query(`SELECT pg_notify('words', n::text) FROM generate_series(1, 100) n`);
    await pool.query(`SELECT pg_notify('others', 'not this')`);
    await until('all are heard', () => heard.length >= 100);
    const numbers = heard.filter((word) => !word.startsWith('word'));
    assert.deepEqual(
      numbers,
      Array.from({ length: 100 }, (_, n) => String(n + 1)),
    );
  });

  test('notifications again after the server closed its connection', async () => {
    const { rowCount } = await pool.query(
      'SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE application_name = $1',
      [NAME],
    );
    assert.equal(rowCount, 1);
    await hears();
  });

  test('notifications again after its connection was reset', async () => {
    for (let round = 0; round < 3; round++) {
      proxy.reset();
      await hears();
    }
  });

  test('notifications again after its connection silently broke', async () => {
    proxy.swallow();
    await until('it gives the connection up', () => proxy.connections() === 0);
    proxy.recover();
    await hears();
    assert.equal(proxy.connections(), 1);
  });

  test('nothing after close, which leaves no connection', async () => {
    await listener.close();
    heard.length = 0;
    await pool.query(`SELECT pg_notify('words', 'too late')`);
    await until('its backend is gone', async () => (await backends()) === 0);
    assert.deepEqual([heard, proxy.connections()], [[], 0]);
    await listener.close();
  });
});

suite('close quickly ends a listener', { timeout: 5000 }, () => {
  test('that is connecting', async () => {
    await start().close();
    const listener = start();
    await new Promise(setImmediate);
    await listener.close();
    await until('no connection is left', () => proxy.connections() === 0);
  });

  test('that connects to an unresponsive server', async () => {
    proxy.swallow();
    const listener = start();
    await until('it connects', () => proxy.connections() === 1);
    await listener.close();
    await until('no connection is left', () => proxy.connections() === 0);
    proxy.recover();
  });

  test('that cannot connect', async () => {
    const listener = listen({ ...settings, port: 1 }, 'words', () => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    await listener.close();
  });
});
