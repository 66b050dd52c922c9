import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { createCallOpening } from '../../../src/core/calls/call-opening.ts';
import { type OpenedRow, openMany, openOne } from '../../../src/core/calls/open-call-store.ts';
import type { NewCall, Opening, OpenTerms } from '../../../src/core/calls/opening.ts';
import { CalleeNotAllowed } from '../../../src/core/phone-numbers/dialling-errors.ts';
import { hashToken, SCOPE_CALL } from '../../../src/core/tokens/access-token.ts';
import type { Database } from '../../../src/platform/database/database.ts';
import { startApp } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { connect, insertToken, insertUser } from './rows.ts';

const CALLEE = '+447700900123';
const REFUSED = new CalleeNotAllowed({ number: CALLEE, reason: 'denied' });
const app = await startApp();
const { client } = await addModernClient(app);
await app.sql(
  `INSERT INTO webhooks (client_id, url, secret) SELECT $1, 'https://a.test/' || i, '' FROM generate_series(1, 2) i`,
  [client.id],
);

interface Caller {
  readonly userId: string;
  ask(call?: Partial<NewCall>, terms?: Partial<OpenTerms>, scopes?: readonly string[]): Opening;
}

async function addCaller(limit = 3, numbers: readonly string[] = []): Promise<Caller> {
  const userId = await insertUser(app, randomUUID(), limit);
  const hash = hashToken(await insertToken(app, userId, client.id));
  for (const [index, number] of numbers.entries())
    await app.sql('INSERT INTO user_numbers VALUES ($1, $2, $3)', [userId, number, index === 0]);
  return {
    userId,
    ask: (call = {}, terms = {}, scopes = [SCOPE_CALL]) => ({
      token: { hash, proofKeyThumbprint: null, inQuery: false },
      scopes,
      call: {
        ...{ id: randomBytes(16).toString('hex'), caller: undefined, callee: CALLEE },
        ...({ state: 'connected', carrier: 'session', costs: false, nodeId: undefined } as const),
        ...{ ringTimeout: 45, timeLimit: 3600, clientReference: undefined, metadata: undefined },
        ...{ recordingEnabled: false, sink: undefined },
        ...call,
      },
      terms: {
        ...{ lease: undefined, refusal: undefined, once: false, idempotency: undefined },
        ...{ callsPerMinute: undefined, talkTimePerDay: undefined },
        ...terms,
      },
    }),
  };
}

/** All that is known afterwards of a request, but for what is never the same twice. */
async function outcomeOf(row: OpenedRow, { userId, ask }: Caller) {
  const { createdAt, connectedAt, deadlineAt, ongoing, ...said } = row;
  const seconds =
    createdAt && [connectedAt, deadlineAt].map((at) => at && (at.getTime() - createdAt.getTime()) / 1000);
  const events = await app.sql(
    `SELECT e.seq::integer, e.state, e.at = c.created_at AS at_once, c.node_id, c.costs, c.sink,
            (SELECT array_agg(w.url ORDER BY d.id) FROM deliveries d LEFT JOIN webhooks w ON w.id = d.webhook_id WHERE d.event_id = e.id) AS sent
       FROM call_events e JOIN calls c ON c.id = e.call_id WHERE e.user_id = $1 ORDER BY e.seq`,
    [userId],
  );
  if (/^(token|scope)/.test(said.refusal ?? '')) return { refusal: said.refusal, events };
  const known = { id: said.id && true, userName: said.userName && true, userId: said.userId && true };
  return {
    ...said,
    ...known,
    seconds,
    events,
    ongoing: ongoing?.map(({ callee, own }) => [callee, own]),
    of: ask().scopes,
  };
}

const NUMBERS = ['+447700900001', '+447700900002'];
const REQUESTS: Readonly<Record<string, (caller: Caller) => Promise<Opening>>> = {
  'a call': async ({ ask }) => ask(),
  'all that a call may have': async ({ ask }) =>
    ask({
      ...{
        clientReference: 'ref',
        metadata: { a: 'b' },
        recordingEnabled: true,
        nodeId: '11111111-1111-4111-8111-111111111111',
      },
      sink: { url: 'https://sink.test/', token: Buffer.from('sealed'), tokenExpiresAt: new Date(2e12) },
    }),
  'a call that is to be signalled': async ({ ask }) => ask({ state: 'initiating', carrier: 'simulator' }),
  'a call with a lease': async ({ ask }) => ask({}, { lease: 60 }),
  'a call with a lease that is longer than it': async ({ ask }) => ask({}, { lease: 6000 }),
  'from a number of one’s own': async ({ ask }) => ask({ caller: NUMBERS[1] }),
  'from another’s number': async ({ ask }) => ask({ caller: '+447700900009' }),
  'what the policy refuses': async ({ ask }) => ask({}, { refusal: REFUSED }),
  'by a token that nobody knows': async ({ ask }) => {
    const opening = ask();
    return { ...opening, token: { ...opening.token, hash: hashToken('unknown') } };
  },
  'by a token that is bound to a key': async ({ ask }) => {
    const opening = ask();
    return { ...opening, token: { ...opening.token, proofKeyThumbprint: 'another' } };
  },
  'by a token in the query': async ({ ask }) => {
    const opening = ask();
    return { ...opening, token: { ...opening.token, inQuery: true } };
  },
  'with the wrong scope': async ({ ask }) => ask({}, {}, ['admin']),
  'between two numbers that have a call, once': async ({ ask }) => {
    await openOne(app.database, ask());
    return ask({}, { once: true });
  },
  'between two numbers that have a call': async ({ ask }) => {
    await openOne(app.database, ask());
    return ask();
  },
  'when all places are taken': async ({ ask }) => {
    for (let call = 0; call < 3; call++) await openOne(app.database, ask());
    return ask();
  },
  'when all places are taken, what the policy refuses': async ({ ask }) => {
    for (let call = 0; call < 3; call++) await openOne(app.database, ask());
    return ask({}, { refusal: REFUSED });
  },
  'of somebody who was disabled': async ({ ask, userId }) => {
    await app.sql('UPDATE users SET disabled_at = now() WHERE id = $1', [userId]);
    return ask();
  },
};

suite('of many requests at once each becomes what it would alone', async () => {
  const [alone, together] = [new Map<string, unknown>(), new Map<string, unknown>()];
  const asked: { name: string; caller: Caller; opening: Opening }[] = [];
  for (const [name, prepare] of Object.entries(REQUESTS)) {
    const [one, other] = [await addCaller(3, NUMBERS), await addCaller(3, NUMBERS)];
    alone.set(name, await outcomeOf(await openOne(app.database, await prepare(one)), one));
    asked.push({ name, caller: other, opening: await prepare(other) });
  }
  const rows = await openMany(
    app.database,
    asked.map(({ opening }) => opening),
  );
  for (const [index, { name, caller }] of asked.entries())
    together.set(name, await outcomeOf(rows[index] as OpenedRow, caller));

  for (const name of Object.keys(REQUESTS))
    test(name, () => assert.deepEqual(together.get(name), alone.get(name)));
});

async function ongoingOf({ userId }: Caller): Promise<number> {
  const [row] = await app.sql<{ count: number }>(
    'SELECT count(*)::integer FROM calls WHERE user_id = $1 AND ended_at IS NULL',
    [userId],
  );
  return row?.count ?? 0;
}

/** Which statements are sent. */
function watch(database: Database): { database: Database; sent: string[] } {
  const sent: string[] = [];
  const query: Database['query'] = (statement, values) => {
    sent.push(statement.name);
    return database.query(statement, values);
  };
  return { database: { ...database, query }, sent };
}

function statesOf(settled: readonly PromiseSettledResult<unknown>[]): string[] {
  return settled.map((each) => (each.status === 'fulfilled' ? 'opened' : each.reason.constructor.name));
}

suite('simultaneous requests to open calls', () => {
  test('of many users share statements, and all get what they asked for', async () => {
    const { database, sent } = watch(app.database);
    const open = createCallOpening(database);
    const callers = await Promise.all(Array.from({ length: 40 }, () => addCaller()));
    const opened = await Promise.all(callers.map(({ ask }) => open(ask())));
    assert.equal(new Set(opened.map(({ userId }) => userId)).size, 40);
    assert.ok(sent.length < 10, `${sent}`);
    assert.deepEqual(await Promise.all(callers.map(ongoingOf)), Array(40).fill(1));
  });

  test('of one user never take more places than there are', async () => {
    const open = createCallOpening(app.database);
    const caller = await addCaller(3);
    const settled = await Promise.allSettled(Array.from({ length: 30 }, () => open(caller.ask())));
    assert.deepEqual(statesOf(settled).sort(), [
      ...Array(27).fill('CallLimitReached'),
      ...Array(3).fill('opened'),
    ]);
    assert.equal(await ongoingOf(caller), 3);
  });

  test('wait for nobody whose row somebody else holds', async () => {
    const open = createCallOpening(app.database);
    const [held, ...others] = await Promise.all(Array.from({ length: 10 }, () => addCaller()));
    assert.ok(held);
    const other = await connect(app);
    await other.query('BEGIN');
    await other.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [held.userId]);
    const first = others.map(({ ask }) => open(ask()));
    const waiting = open(held.ask());
    await Promise.all([...first, ...others.map(({ ask }) => open(ask()))]);
    await waitsOrEnds(app, waiting);
    assert.deepEqual(await Promise.all(others.map(ongoingOf)), Array(9).fill(2));
    await other.query('COMMIT');
    assert.equal((await waiting).userId, held.userId);
  });

  test('do not suffer from one that cannot be written', async () => {
    const open = createCallOpening(app.database);
    const callers = await Promise.all(Array.from({ length: 10 }, () => addCaller()));
    const settled = await Promise.allSettled(
      callers.map(({ ask }, index) => open(ask(index === 5 ? { clientReference: '\0' } : {}))),
    );
    assert.deepEqual(statesOf(settled), Array(10).fill('opened').with(5, 'InvalidInput'));
  });

  test('all fail where nobody knows what has happened, and none is tried again', async () => {
    const { database, sent } = watch(app.database);
    const open = createCallOpening(database);
    const callers = await Promise.all(Array.from({ length: 5 }, () => addCaller()));
    const [first, ...others] = callers;
    assert.ok(first);
    const other = await connect(app);
    await other.query('BEGIN');
    await other.query('LOCK TABLE call_events IN SHARE MODE');
    const lone = open(first.ask());
    await waitsOrEnds(app, lone);
    let settled: PromiseSettledResult<unknown>[] = [];
    Promise.allSettled(others.map(({ ask }) => open(ask()))).then((all) => {
      settled = all;
    });
    await until('the others are cut off, one after another, while they wait', async () => {
      await app.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%open_calls(%'`,
      );
      return settled.length > 0;
    });
    await other.query('ROLLBACK');
    await lone;
    assert.deepEqual(statesOf(settled), Array(4).fill('DatabaseConnectionFailed'));
    assert.deepEqual(await Promise.all(others.map(ongoingOf)), Array(4).fill(0));
    assert.equal(sent.filter((name) => name === 'open_call').length, 1);
  });
});
