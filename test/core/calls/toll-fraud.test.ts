import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { createCallOpener } from '../../../src/core/calls/call-opener.ts';
import { CallLimitReached, CallRateReached, TalkTimeSpent } from '../../../src/core/calls/limit-errors.ts';
import type { OpenTerms } from '../../../src/core/calls/new-call.ts';
import { hashToken, SCOPE_CALL } from '../../../src/core/tokens/access-token.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { insertToken, insertUser } from './rows.ts';

const app = await startApp();
const open = createCallOpener(app.database);
const { client } = await addModernClient(app);
const HOUR = 3600;
const TIME_LIMIT = 4 * HOUR;

interface Bounds extends Partial<Pick<OpenTerms, 'callsPerMinute' | 'talkTimePerDay'>> {
  readonly limit?: number;
  readonly timeLimit?: number;
}

/** A new user whose calls cost money, with limits. */
async function addCaller({ limit = 100, timeLimit = TIME_LIMIT, ...bounds }: Bounds) {
  const userId = await insertUser(app, randomUUID(), limit);
  const hash = hashToken(await insertToken(app, userId, client.id));

  return {
    open: async (given: { timeLimit?: number; key?: string } = {}) => {
      const asked = {
        ...{ id: randomBytes(16).toString('hex'), caller: undefined, callee: '+447700900123' },
        ...({
          state: 'initiating',
          carrier: 'sip',
          costs: true,
          nodeId: undefined,
          ringTimeout: 60,
        } as const),
        ...{ timeLimit: given.timeLimit ?? timeLimit, clientReference: undefined, metadata: undefined },
        ...{ recordingEnabled: false, sink: undefined },
      };
      const { key } = given;
      const opened = await open({
        token: { hash, proofKeyThumbprint: null, inQuery: false, resource: null },
        scopes: [SCOPE_CALL],
        call: asked,
        terms: {
          ...{ lease: undefined, refusal: undefined, once: false },
          idempotency: key === undefined ? undefined : { key, fingerprint: Buffer.alloc(32) },
          callsPerMinute: bounds.callsPerMinute,
          talkTimePerDay: bounds.talkTimePerDay,
        },
      });
      return opened.call;
    },

    /** A call that ended the given number of seconds ago. */
    spent: (talked: number, endedAgo = 0, costs = true) =>
      app.sql(
        `INSERT INTO calls (id, user_id, client_id, callee, state, reason, ended_by, carrier, costs, ring_timeout, time_limit,
                            deadline_at, created_at, connected_at, ended_at)
         SELECT $5, $1, 'somebody', '+447700900123', CASE WHEN $2::float > 0 THEN 'disconnected' ELSE 'failed' END,
                CASE WHEN $2 > 0 THEN 'hangUp' ELSE 'calleeFailure' END, 'carrier', 'sip', $4, 60, 9999, ended,
                ended - ($2 + 10) * interval '1 second', CASE WHEN $2 > 0 THEN ended - $2 * interval '1 second' END, ended
           FROM (SELECT clock_timestamp() - $3 * interval '1 second' AS ended) AS at`,
        [userId, talked, endedAgo, costs, randomBytes(16).toString('hex')],
      ),
  };
}

/** Answers the call, and hangs up after the given seconds. */
async function talk(id: string, seconds: number): Promise<void> {
  await app.sql(`SELECT move_call($1, 'connected')`, [id]);
  await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'carrier')`, [id]);
  await app.sql(`UPDATE calls SET connected_at = ended_at - $2 * interval '1 second' WHERE id = $1`, [
    id,
    seconds,
  ]);
}

/** @returns the seconds after which to try again */
async function refused(opening: Promise<unknown>, as: typeof CallRateReached | typeof TalkTimeSpent) {
  const error = await opening.then(
    () => assert.fail('it was opened'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof as, String(error));
  return error.retryAfterSeconds;
}

function assertAbout(seconds: number, expected: number): void {
  assert.ok(seconds > expected - 3 && seconds <= expected, `${seconds} s, not about ${expected} s`);
}

suite('calls per minute', () => {
  test('above CALLS_PER_MINUTE, the next call must wait until the first is a minute old', async () => {
    const { open } = await addCaller({ callsPerMinute: 3 });
    const first = await open();
    for (const _ of [2, 3]) await open();
    assertAbout(await refused(open(), CallRateReached), 60);
    const ageing = (seconds: number) =>
      app.sql(`UPDATE calls SET created_at = clock_timestamp() - $2 * interval '1 second' WHERE id = $1`, [
        first.id,
        seconds,
      ]);
    await ageing(50);
    assertAbout(await refused(open(), CallRateReached), 10);
    await ageing(60);
    await open();
    assertAbout(await refused(open(), CallRateReached), 60);
  });

  test('count calls that cost money, ended or not, answered or not', async () => {
    const { open, spent } = await addCaller({ callsPerMinute: 2 });
    await spent(5);
    await spent(5, 0, false);
    await open();
    await refused(open(), CallRateReached);
  });

  test('are checked after the limit of ongoing calls, and not for a repeated request', async () => {
    const { open } = await addCaller({ limit: 2, callsPerMinute: 1, talkTimePerDay: 30 });
    const first = await open({ key: 'same' });
    await refused(open({ key: 'other' }), CallRateReached);
    assert.equal((await open({ key: 'same' })).id, first.id);
    await app.sql(`UPDATE calls SET created_at = created_at - interval '1 hour' WHERE id = $1`, [first.id]);
    await refused(open(), TalkTimeSpent);
    const lowered = await addCaller({ limit: 0, callsPerMinute: 1, talkTimePerDay: 30 });
    await assert.rejects(lowered.open(), CallLimitReached);
  });
});

suite('talk time', () => {
  test('shortens a call’s time limit to the rest, and reserves the whole time limit of ongoing calls', async () => {
    const { open } = await addCaller({ talkTimePerDay: 1000 });
    assert.equal((await open({ timeLimit: 600 })).timeLimit, 600);
    const second = await open({ timeLimit: 600 });
    assert.equal(second.timeLimit, 400);
    await refused(open(), TalkTimeSpent);
  });

  test('counts the actual duration of ended calls', async () => {
    const { open } = await addCaller({ talkTimePerDay: 1000 });
    const { id } = await open();
    await talk(id, 250);
    assert.equal((await open()).timeLimit, 750);
  });

  test('does not count calls that were not connected, or cost nothing', async () => {
    const { open, spent } = await addCaller({ talkTimePerDay: 1000 });
    await spent(0);
    await spent(900, 0, false);
    const { id } = await open();
    await app.sql(`SELECT move_call($1, 'failed', 'calleeFailure', 'carrier')`, [id]);
    assert.equal((await open()).timeLimit, 1000);
  });

  test('counts the last 24 hours, including part of a call that began before', async () => {
    const { open, spent } = await addCaller({ talkTimePerDay: 1000 });
    await spent(500, 24 * HOUR + 1);
    await spent(500, 24 * HOUR - 300);
    const { timeLimit } = await open();
    assert.ok(timeLimit === 700 || timeLimit === 701, String(timeLimit));
  });

  test('one second is enough for a call, less is not', async () => {
    const { open, spent } = await addCaller({ talkTimePerDay: 1000 });
    await spent(998.5);
    assert.equal((await open()).timeLimit, 1);
    await refused(open(), TalkTimeSpent);
  });

  test('becomes available when the oldest part is 24 hours old', async () => {
    const { open, spent } = await addCaller({ talkTimePerDay: 1000 });
    await spent(700, 2 * HOUR);
    await spent(300, 10 * HOUR);
    // The older call began 300 s before its end, and one second is needed.
    assertAbout(await refused(open(), TalkTimeSpent), 14 * HOUR - 300 + 1);
  });

  test('of overlapping calls becomes available at the announced time at the latest', async () => {
    const { open, spent } = await addCaller({ talkTimePerDay: 1000 });
    for (const _ of [1, 2]) await spent(600, 10 * HOUR); // the cap was higher then
    const wait = await refused(open(), TalkTimeSpent);
    assert.ok(wait > 14 * HOUR - 600 && wait <= 14 * HOUR, String(wait));
    await app.sql(
      `UPDATE calls SET connected_at = connected_at - $1 * interval '1 second', ended_at = ended_at - $1 * interval '1 second' WHERE costs AND ended_at IS NOT NULL`,
      [wait],
    );
    assert.ok((await open()).timeLimit >= 1);
  });

  test('may become available when the first ongoing call ends, at its deadline at the latest', async () => {
    const { open, spent } = await addCaller({ talkTimePerDay: 1000 });
    await spent(300, HOUR);
    const { id } = await open();
    assertAbout(await refused(open(), TalkTimeSpent), 65);
    await app.sql(`SELECT move_call($1, 'connected')`, [id]);
    assertAbout(await refused(open(), TalkTimeSpent), 700);
  });
});
