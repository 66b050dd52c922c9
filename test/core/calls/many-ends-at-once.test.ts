import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { createCallEnder } from '../../../src/core/calls/call-ender.ts';
import { hashToken, SCOPE_CALL } from '../../../src/core/tokens/access-token.ts';
import { startApp } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { addModernClient } from '../../harness/people.ts';
import { connect, insertCalls, insertToken, insertUser } from './rows.ts';
import { watchStatements } from './watch-statements.ts';

const app = await startApp();
const { client } = await addModernClient(app);

interface Owner {
  readonly userId: string;
  readonly access: Parameters<ReturnType<typeof createCallEnder>>[0];
  readonly calls: readonly string[];
}

async function addOwner(calls = 1): Promise<Owner> {
  const userId = await insertUser(app, randomUUID());
  const hash = hashToken(await insertToken(app, userId, client.id));
  const token = { hash, proofKeyThumbprint: null, inQuery: false, resource: null };
  return { userId, access: { token, scopes: [SCOPE_CALL] }, calls: await insertCalls(app, userId, calls) };
}

function eventsOf({ userId }: Owner) {
  return app.sql(
    `SELECT e.seq::integer, e.state, e.reason, e.ended_by AS "endedBy", e.at = c.ended_at AS "atEnd"
       FROM call_events e JOIN calls c ON c.id = e.call_id WHERE e.user_id = $1 ORDER BY e.seq`,
    [userId],
  );
}

const ended = (seq: number) => ({
  seq,
  state: 'disconnected',
  reason: 'hangUp',
  endedBy: 'client',
  atEnd: true,
});

suite('simultaneous requests to end calls', () => {
  test('of many users share statements, and each ends its own call', async () => {
    const { database, statements } = watchStatements(app.database);
    const end = createCallEnder(database);
    const owners = await Promise.all(Array.from({ length: 40 }, () => addOwner()));
    const changes = await Promise.all(owners.map(({ access, calls }) => end(access, calls[0] ?? '')));
    assert.deepEqual(
      changes.map((change) => typeof change === 'object' && [change.callId, change.userId, change.state]),
      owners.map(({ userId, calls }) => [calls[0], userId, 'disconnected']),
    );
    assert.ok(statements() < 10, `${statements()}`);
    for (const owner of owners.slice(0, 3)) assert.deepEqual((await eventsOf(owner)).at(-1), ended(2));
  });

  test('get their own responses, even if others are refused', async () => {
    const end = createCallEnder(app.database);
    const [one, other, late] = [await addOwner(), await addOwner(), await addOwner()];
    const [id = '', foreign = '', over = ''] = [one, other, late].map(({ calls }) => calls[0]);
    await end(late.access, over);
    const unknown = { ...one.access, token: { ...one.access.token, hash: hashToken('unknown') } };
    const settled = await Promise.allSettled([
      end(unknown, id),
      end(one.access, foreign),
      end(late.access, over),
      end(one.access, 'no such call'),
      end({ ...one.access, scopes: ['admin'] }, 'another'),
      end(other.access, foreign),
    ]);
    const outcomes = settled.map((each) =>
      each.status === 'rejected' ? each.reason.constructor.name : each.value,
    );
    assert.deepEqual(outcomes.slice(0, 5), ['TokenInvalid', undefined, 'ended', undefined, 'ScopeMissing']);
    assert.deepEqual(outcomes[5], {
      ...{ callId: foreign, userId: other.userId, state: 'disconnected', reason: 'hangUp' },
      ...{ carrier: 'session', nodeId: null, hasReceivers: false },
    });
    assert.equal((await eventsOf(one)).length, 1);
  });

  test('share a statement although some have an id that PostgreSQL cannot store', async () => {
    const { database, statements } = watchStatements(app.database);
    const end = createCallEnder(database);
    const owners = await Promise.all(Array.from({ length: 5 }, () => addOwner()));
    const stranger = { ...(await addOwner()).access, scopes: ['admin'] };
    const strange = ['\0', 'a\ud800b', '\udc00'];
    const [changes, outcomes, [refused]] = await Promise.all([
      Promise.all(owners.map(({ access, calls }) => end(access, calls[0] ?? ''))),
      Promise.all(strange.map(async (id, index) => end((owners[index] as Owner).access, id))),
      Promise.allSettled([end(stranger, '\0')]),
    ]);
    assert.deepEqual(
      changes.map((change) => typeof change === 'object' && change.callId),
      owners.map(({ calls }) => calls[0]),
    );
    assert.deepEqual(outcomes, [undefined, undefined, undefined]);
    assert.equal(refused.status === 'rejected' && refused.reason.constructor.name, 'ScopeMissing');
    assert.ok(statements() <= 2, `${statements()}`);
  });

  test('the first of those for one call ends it', async () => {
    const end = createCallEnder(app.database);
    const owner = await addOwner();
    const [id = ''] = owner.calls;
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => end(owner.access, id)));
    assert.equal(typeof first === 'object' && first.callId, id);
    assert.deepEqual(others, ['ended', 'ended', 'ended']);
  });

  test('for one call end it once', async () => {
    const end = createCallEnder(app.database);
    const owner = await addOwner();
    const [id = ''] = owner.calls;
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => end(owner.access, id)));
    assert.equal(outcomes.filter((outcome) => outcome === 'ended').length, 9);
    assert.equal((await eventsOf(owner)).length, 2);
  });

  test('of one user are numbered one after the other', async () => {
    const end = createCallEnder(app.database);
    const owner = await addOwner(10);
    await Promise.all(owner.calls.map((id) => end(owner.access, id)));
    assert.deepEqual(
      (await eventsOf(owner)).slice(10),
      Array.from({ length: 10 }, (_, index) => ended(11 + index)),
    );
  });

  test('of other users do not wait while a user’s row is locked', async () => {
    const end = createCallEnder(app.database);
    const [held, ...others] = await Promise.all(Array.from({ length: 10 }, () => addOwner()));
    assert.ok(held);
    const other = await connect(app);
    await other.query('BEGIN');
    await other.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [held.userId]);
    const rest = others.map(({ access, calls }) => end(access, calls[0] ?? ''));
    const waiting = end(held.access, held.calls[0] ?? '');
    await Promise.all(rest);
    await waitsOrEnds(app, waiting);
    await other.query('COMMIT');
    assert.notEqual(await waiting, 'ended');
    assert.deepEqual((await eventsOf(held)).at(-1), ended(2));
  });
});
