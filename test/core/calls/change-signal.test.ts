import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { CallChange } from '../../../src/core/calls/call.ts';
import { type ChangeSignal, createChangeSignal } from '../../../src/core/calls/change-signal.ts';
import { connectDatabase, type Database } from '../../../src/platform/database/database.ts';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { until } from '../../harness/until.ts';
import { watchStatements } from './watch-statements.ts';

const databaseUrl = await createDatabase();
afterFile(() => dropDatabase(databaseUrl));
const warnings: unknown[] = [];
const log = { warn: (...said: unknown[]) => warnings.push(said) };

interface Node {
  readonly database: Database;
  readonly signal: ChangeSignal;
  readonly heard: CallChange[];
  sql(text: string, values?: unknown[]): Promise<unknown[]>;
  stop(): Promise<void>;
}

function startNode(): Node {
  const database = connectDatabase(databaseUrl);
  const signal = createChangeSignal(database, randomUUID(), log);
  const heard: CallChange[] = [];
  signal.subscribe((changes) => heard.push(...changes));
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= signal.stop().then(database.close);
    return stopped;
  };
  afterFile(stop);
  return {
    database,
    signal,
    heard,
    sql: async (text, values) => (await database.pool.query(text, values)).rows,
    stop,
  };
}

function change(callId: string): CallChange {
  return { callId, userId: randomUUID(), state: 'callingCaller', carrier: 'simulator', nodeId: randomUUID() };
}

const [one, two] = [startNode(), startNode()];

/** Two nodes with listeners. */
async function connected(): Promise<void> {
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const) {
    const words: string[] = [];
    const hears = (word: string | undefined) => to.heard.some(({ callId }) => callId === word);
    await until('the other node hears', () => {
      words.push(`connected ${randomUUID()}`);
      from.signal.announce([change(words.at(-1) ?? '')]);
      return words.some(hears);
    });
    await until('the other node hears the last', () => hears(words.at(-1)));
  }
  await until('all is told', async () => {
    const before = [one.heard.length, two.heard.length];
    await new Promise((resolve) => setTimeout(resolve, 50));
    return before[0] === one.heard.length && before[1] === two.heard.length;
  });
  one.heard.length = 0;
  two.heard.length = 0;
}

suite('a change that one node announces', () => {
  test('reaches that node at once, and other nodes soon, once each', async () => {
    await connected();
    const told = change('one');
    one.signal.announce([told]);
    assert.deepEqual(one.heard, [told]);
    await until('the other hears', () => two.heard.length > 0);
    const answer = change('two');
    two.signal.announce([answer]);
    await until('the answer is heard', () => one.heard.length > 1);
    assert.deepEqual(
      [one.heard, two.heard],
      [
        [told, answer],
        [told, answer],
      ],
    );
    await connected();
    assert.deepEqual(warnings, []);
  });

  test('arrives in order among a thousand others', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => change(`${n}`.padStart(32, '0')));
    one.signal.announce(many);
    await until('the other hears all', () => two.heard.length >= many.length);
    assert.deepEqual(two.heard, many);
    assert.deepEqual(warnings, [], 'no notification was too long');
  });

  test('shares a notification with others of the same turn of the event loop', async () => {
    const { database, statements } = watchStatements(one.database);
    const signal = createChangeSignal(database, randomUUID(), log);
    two.heard.length = 0;
    const together = ['first', 'second', 'third'].map(change);
    for (const each of together) signal.announce([each]);
    await until('the other hears', () => two.heard.length === together.length);
    await signal.stop();
    assert.deepEqual(two.heard, together);
    assert.equal(statements(), 1);
  });

  test('shares a notification with others of ten milliseconds while a node is busy, in order', async () => {
    const { database, statements } = watchStatements(one.database);
    const signal = createChangeSignal(database, randomUUID(), log);
    two.heard.length = 0;
    const many = Array.from({ length: 50 }, (_, n) => change(`busy ${n}`));
    const began = performance.now();
    for (const each of many) {
      signal.announce([each]);
      await sleep(1);
    }
    await signal.stop();
    const rounds = (performance.now() - began) / 10;
    await until('the other hears all', () => two.heard.length >= many.length);
    assert.deepEqual(two.heard, many);
    assert.ok(statements() <= rounds + 1, `${statements()} notifications in ${rounds} rounds`);
  });

  test('arrives again after connections were lost', async () => {
    await one.sql(
      `SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
        WHERE datname = current_database() AND (query LIKE 'LISTEN%' OR query = 'SELECT')`,
    );
    await connected();
  });

  test('reaches all subscribers although one throws, and does not fail for the announcer', async () => {
    const heard: string[] = [];
    const ends = [
      one.signal.subscribe(() => assert.fail('a listener fails')),
      one.signal.subscribe((changes) => heard.push(...changes.map(({ callId }) => callId))),
    ];
    one.signal.announce([change('here')]);
    two.signal.announce([change('there')]);
    await until('both are heard', () => heard.length === 2);
    assert.deepEqual(heard, ['here', 'there']);
    for (const end of ends) end();
    one.signal.announce([change('later')]);
    assert.equal(heard.length, 2, 'the subscription has ended');
    assert.equal(warnings.splice(0).length, 2);
  });
});

test('an invalid notification is ignored', async () => {
  for (const payload of ['', 'nonsense', 'null', '{"from":1}', '{"changes":7}', '[]'])
    await one.sql(`SELECT pg_notify('call_changes', $1)`, [payload]);
  await connected();
  warnings.length = 0;
});

test('a change that the database makes reaches every node', async () => {
  const told = {
    callId: 'revoked',
    userId: randomUUID(),
    state: 'disconnected',
    carrier: 'session',
    nodeId: null,
  };
  await one.sql(`SELECT pg_notify('call_changes', $1)`, [JSON.stringify({ changes: [told] })]);
  for (const { heard } of [one, two]) {
    await until('it is heard', () => heard.length > 0);
    assert.deepEqual(heard.splice(0), [told]);
  }
});

test('close sends pending notifications, and leaves no connection', async () => {
  const third = startNode();
  third.signal.announce(Array.from({ length: 100 }, (_, n) => change(`last ${n}`)));
  await third.stop();
  await until('all is heard', () => two.heard.length === 100);
  const looking = new pg.Client({ connectionString: databaseUrl });
  await looking.connect();
  await Promise.all([one.stop(), two.stop()]);
  await until('no connection is left', async () => {
    const { rows } = await looking.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'clicktocall'`,
    );
    return rows.length === 0;
  });
  await looking.end();
});
