import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { createCallOpener } from '../../../src/core/calls/call-opener.ts';
import type { NewCall, OpenRequest, OpenTerms } from '../../../src/core/calls/new-call.ts';
import { openCalls } from '../../../src/core/calls/open-call-store.ts';
import { CalleeNotAllowed } from '../../../src/core/phone-numbers/dialling-errors.ts';
import { hashToken, SCOPE_CALL } from '../../../src/core/tokens/access-token.ts';
import type { Database } from '../../../src/platform/database/database.ts';
import { startApp } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { connect, insertToken, insertUser } from './rows.ts';

const CALLEE = '+447700900123';
const NUMBER = '+447700900001';
const app = await startApp();
const { client } = await addModernClient(app);

interface Caller {
  readonly userId: string;
  /** A request of this user, with a token that has the scope `call`. */
  ask(call?: Partial<NewCall>, terms?: Partial<OpenTerms>): OpenRequest;
}

async function addCaller(limit = 3): Promise<Caller> {
  const userId = await insertUser(app, randomUUID(), limit);
  await app.sql('INSERT INTO user_numbers VALUES ($1, $2, true)', [userId, NUMBER]);
  return throughClient(userId, client.id);
}

/** The user, with a token of this client. */
async function throughClient(userId: string, clientId: string): Promise<Caller> {
  const hash = hashToken(await insertToken(app, userId, clientId));
  return {
    userId,
    ask: (call = {}, terms = {}) => ({
      token: { hash, proofKeyThumbprint: null, inQuery: false, resource: null },
      scopes: [SCOPE_CALL],
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

async function ongoingOf({ userId }: Caller): Promise<number> {
  const [row] = await app.sql<{ count: number }>(
    'SELECT count(*)::integer FROM calls WHERE user_id = $1 AND ended_at IS NULL',
    [userId],
  );
  return row?.count ?? 0;
}

/** Records which statements are sent: for one request, which may wait, or for several. */
function watch(database: Database): { database: Database; sent: ('one' | 'several')[] } {
  const sent: ('one' | 'several')[] = [];
  const query: Database['query'] = (statement, values) => {
    sent.push(statement.locks ? 'one' : 'several');
    return database.query(statement, values);
  };
  return { database: { ...database, query }, sent };
}

function statesOf(settled: readonly PromiseSettledResult<unknown>[]): string[] {
  return settled.map((each) => (each.status === 'fulfilled' ? 'opened' : each.reason.constructor.name));
}

const WAITING = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%open_calls(%'`;

suite('simultaneous requests to open calls', () => {
  test('of many users share statements, and each gets its own call', async () => {
    const { database, sent } = watch(app.database);
    const open = createCallOpener(database);
    const callers = await Promise.all(Array.from({ length: 40 }, () => addCaller()));
    const opened = await Promise.all(callers.map(({ ask }) => open(ask())));
    assert.equal(new Set(opened.map(({ userId }) => userId)).size, 40);
    assert.ok(sent.length < 10, `${sent}`);
    assert.deepEqual(await Promise.all(callers.map(ongoingOf)), Array(40).fill(1));
  });

  test('get their own responses, even if others are refused', async () => {
    const { database, sent } = watch(app.database);
    const open = createCallOpener(database);
    const someone = async () => (await addCaller()).ask();
    const [full, talks, keyed, paid] = [
      await addCaller(1),
      await addCaller(),
      await addCaller(),
      await addCaller(),
    ];
    const disabled = await addCaller();
    const byKey = () => keyed.ask({}, { idempotency: { key: 'a', fingerprint: Buffer.alloc(32) } });
    const costly = () => paid.ask({ costs: true }, { callsPerMinute: 1 });
    for (const request of [full.ask(), talks.ask(), byKey(), costly()]) await open(request);
    await app.sql('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.userId]);
    sent.length = 0;

    const token = async (changed: Partial<OpenRequest['token']>) => {
      const request = await someone();
      return { ...request, token: { ...request.token, ...changed } };
    };
    const refusal = new CalleeNotAllowed({ number: CALLEE, reason: 'denied' });
    const requests: readonly (readonly [becomes: string, OpenRequest])[] = [
      ['opened', await someone()],
      ['opened', (await addCaller()).ask({ caller: NUMBER }, { lease: 60 })],
      ['opened', byKey()],
      ['TokenInvalid', await token({ hash: hashToken('unknown') })],
      ['TokenInvalid', await token({ proofKeyThumbprint: 'another' })],
      ['TokenInvalid', await token({ inQuery: true })],
      ['TokenInvalid', disabled.ask()],
      ['ScopeMissing', { ...(await someone()), scopes: ['admin'] }],
      ['CallerNotOwn', (await addCaller()).ask({ caller: '+447700900009' })],
      ['CalleeNotAllowed', (await addCaller()).ask({}, { refusal })],
      ['CalleeNotAllowed', full.ask({}, { refusal })],
      ['CallAlreadyOngoing', talks.ask({}, { once: true })],
      ['CallLimitReached', full.ask()],
      ['CallRateReached', costly()],
    ];
    const settled = await Promise.allSettled(requests.map(([, request]) => open(request)));
    assert.deepEqual(
      statesOf(settled),
      requests.map(([becomes]) => becomes),
    );
    assert.deepEqual(sent, ['several']);

    const [plain, leased, repeated] = settled
      .slice(0, 3)
      .map((each) => (each.status === 'fulfilled' ? each.value : undefined));
    assert.deepEqual(
      [plain?.replayed, plain?.limit, plain?.ongoing, plain?.call.caller],
      [false, 3, 1, NUMBER],
    );
    assert.deepEqual([repeated?.replayed, repeated?.limit, repeated?.ongoing], [true, 3, 1]);
    const { createdAt, deadlineAt } = leased?.call ?? assert.fail();
    assert.equal(deadlineAt.getTime() - createdAt.getTime(), 60_000);
    assert.equal(await ongoingOf(keyed), 1);
  });

  test('with one idempotency key open one call, and all get that call', async () => {
    const open = createCallOpener(app.database);
    const caller = await addCaller();
    const idempotency = { key: randomUUID(), fingerprint: Buffer.alloc(32) };
    const opened = await Promise.all(Array.from({ length: 10 }, () => open(caller.ask({}, { idempotency }))));
    assert.equal(new Set(opened.map(({ call }) => call.id)).size, 1);
    assert.equal(opened.filter(({ replayed }) => !replayed).length, 1);
    const other = open(caller.ask({}, { idempotency: { ...idempotency, fingerprint: Buffer.alloc(32, 1) } }));
    assert.deepEqual(statesOf(await Promise.allSettled([other])), ['IdempotencyKeyReused']);
    assert.equal(await ongoingOf(caller), 1);
  });

  test('of one user never open more calls per minute than CALLS_PER_MINUTE', async () => {
    const open = createCallOpener(app.database);
    const caller = await addCaller(20);
    const settled = await Promise.allSettled(
      Array.from({ length: 12 }, () => open(caller.ask({ costs: true }, { callsPerMinute: 4 }))),
    );
    assert.deepEqual(statesOf(settled).sort(), [
      ...Array(8).fill('CallRateReached'),
      ...Array(4).fill('opened'),
    ]);
  });

  test('of one user never exceed the limit', async () => {
    const open = createCallOpener(app.database);
    const caller = await addCaller(3);
    const settled = await Promise.allSettled(Array.from({ length: 30 }, () => open(caller.ask())));
    assert.deepEqual(statesOf(settled).sort(), [
      ...Array(27).fill('CallLimitReached'),
      ...Array(3).fill('opened'),
    ]);
    assert.equal(await ongoingOf(caller), 3);
  });

  test('of one user through two clients, in one statement, are decided one after the other', async () => {
    const one = await addCaller(1);
    const other = await throughClient(one.userId, (await addModernClient(app)).client.id);
    const rows = await openCalls(app.database, [one.ask(), other.ask()], false);
    assert.deepEqual(
      rows.map(({ decision }) => decision),
      ['opened', 'again'],
    );
    assert.equal(await ongoingOf(one), 1);
  });

  test('of other users do not wait while a user’s row is locked', async () => {
    const open = createCallOpener(app.database);
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

  test('succeed although one of them cannot be stored', async () => {
    const open = createCallOpener(app.database);
    const callers = await Promise.all(Array.from({ length: 10 }, () => addCaller()));
    const settled = await Promise.allSettled(
      callers.map(({ ask }, index) => open(ask(index === 5 ? { clientReference: '\0' } : {}))),
    );
    assert.deepEqual(statesOf(settled), Array(10).fill('opened').with(5, 'InvalidInput'));
  });

  test('all fail if the connection is lost under way, and none is retried', async () => {
    const { database, sent } = watch(app.database);
    const open = createCallOpener(database);
    const callers = await Promise.all(Array.from({ length: 5 }, () => addCaller()));
    const [first, ...others] = callers;
    assert.ok(first);
    const other = await connect(app);
    await other.query('BEGIN');
    await other.query('LOCK TABLE call_events IN SHARE MODE');
    const lone = open(first.ask());
    await waitsOrEnds(app, lone);
    const [waits] = await app.sql<{ pid: number }>(WAITING);
    let settled: PromiseSettledResult<unknown>[] = [];
    Promise.allSettled(others.map(({ ask }) => open(ask()))).then((all) => {
      settled = all;
    });
    await until('the others are cut off, one after another, while they wait', async () => {
      await app.sql(`SELECT pg_terminate_backend(pid) FROM (${WAITING}) AS waiting WHERE pid <> $1`, [
        waits?.pid,
      ]);
      return settled.length > 0;
    });
    await other.query('ROLLBACK');
    await lone;
    assert.deepEqual(statesOf(settled), Array(4).fill('DatabaseConnectionFailed'));
    assert.deepEqual(await Promise.all(others.map(ongoingOf)), Array(4).fill(0));
    assert.equal(sent.filter((each) => each === 'one').length, 1);
  });
});
