import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  CALL_STATES,
  type CallState,
  DISCONNECTION_REASONS,
  ENDED_BY,
} from '../../../src/core/calls/call.ts';
import { startApp } from '../../harness/app.ts';
import { assertWholeLives, eventsOf, inWords } from './lives.ts';
import { movesOf } from './moves.ts';
import { insertUser } from './rows.ts';

const app = await startApp();
const userId = await insertUser(app, 'anna');

const { callIn, move, rowOf } = movesOf(app, userId);

const ENDINGS: Partial<Record<CallState, string>> = { disconnected: 'hangUp', failed: 'other' };

/** The allowed next states of each state. */
const FOLLOWS: Record<CallState, readonly CallState[]> = {
  initiating: ['callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'],
  callingCaller: ['callingCallee', 'connected', 'disconnected', 'failed'],
  callingCallee: ['connected', 'disconnected', 'failed'],
  connected: ['disconnected', 'failed'],
  disconnected: [],
  failed: [],
};

suite('from every state to every state', () => {
  for (const from of CALL_STATES) {
    for (const to of CALL_STATES) {
      const follows = FOLLOWS[from].includes(to);
      test(`${from} → ${to} ${follows ? 'is one change and one event' : 'changes nothing'}`, async () => {
        const id = await callIn(from);
        const [before, events] = [await rowOf(id), await eventsOf(app, id)];
        const reason = ENDINGS[to];
        const moved = await move(id, to, reason, reason && 'carrier');
        const after = await rowOf(id);
        assert.equal(moved !== undefined, follows);
        const added = (await eventsOf(app, id)).slice(events.length);
        if (!follows) {
          assert.deepEqual([{ ...after, deadline: 0 }, added], [{ ...before, deadline: 0 }, []]);
          return;
        }
        const state = from === 'connected' ? 'disconnected' : to; // what was connected cannot fail any more
        assert.equal(after?.state, state);
        const { reason: why = null, endedBy = null } = after ?? {};
        assert.deepEqual(added, [{ state, reason: why, endedBy }]);
        assert.equal(
          why,
          reason === undefined ? null : from === 'connected' && to === 'failed' ? 'other' : reason,
        );
      });
    }
  }

  test('an unknown state is refused', async () => {
    for (const state of ['', 'Connected', 'ringing', 'endedByChance']) {
      assert.equal(await move(await callIn('initiating'), state), undefined);
    }
    assert.equal(await move('unknown', 'connected'), undefined);
  });
});

suite('a late, repeated or unordered transition', () => {
  test('does not change the first ending', async () => {
    const id = await callIn('callingCallee');
    await move(id, 'disconnected', 'calleeBusy', 'carrier');
    const first = await rowOf(id);
    for (const state of CALL_STATES) await move(id, state, ENDINGS[state], ENDINGS[state] && 'client');
    assert.deepEqual({ ...(await rowOf(id)), deadline: 0 }, { ...first, deadline: 0 });
    assert.equal((await eventsOf(app, id)).length, 3);
  });

  test('does not extend the deadline, and does not connect again', async () => {
    const id = await callIn('connected');
    const first = await app.sql('SELECT * FROM calls WHERE id = $1', [id]);
    for (const state of ['initiating', 'callingCaller', 'callingCallee', 'connected']) await move(id, state);
    assert.deepEqual(await app.sql('SELECT * FROM calls WHERE id = $1', [id]), first);
  });

  test('is accepted only from the node that holds the call', async () => {
    const id = await callIn('initiating');
    const [holder, other] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
    await app.sql('UPDATE calls SET node_id = $2 WHERE id = $1', [id, holder]);
    const report = (node: string | undefined) =>
      app.sql(`SELECT FROM move_call($1, 'callingCaller', NULL, NULL, $2)`, [id, node]);
    assert.equal((await report(other)).length, 0);
    assert.equal((await rowOf(id))?.state, 'initiating');
    assert.equal((await report(holder)).length, 1);
    assert.equal(
      (await app.sql(`SELECT FROM move_call($1, 'disconnected', 'hangUp', 'client', NULL)`, [id])).length,
      1,
    );
  });
});

suite('an ending', () => {
  const AFTER: Partial<Record<CallState, readonly string[]>> = {
    disconnected: [
      ...['hangUp', 'callerBusy', 'callerAbandon', 'calleeBusy'],
      ...['noCommonMedia', 'networkFailure', 'other'],
    ],
    failed: [
      ...['callerDeclined', 'callerNoAnswer', 'callerNotRegistered', 'callerForbidden', 'callerWrongNumber'],
      ...['calleeDeclined', 'calleeNoAnswer', 'calleeNotRegistered', 'calleeForbidden', 'calleeWrongNumber'],
      ...['callerFailure', 'calleeFailure', 'noCommonMedia', 'networkFailure', 'other'],
    ],
  };
  for (const state of ['disconnected', 'failed'] as const) {
    test(`${state} accepts its reasons and no others`, async () => {
      for (const reason of DISCONNECTION_REASONS) {
        const id = await callIn('callingCallee');
        const moving = move(id, state, reason, 'carrier');
        if (AFTER[state]?.includes(reason)) assert.equal((await moving)?.reason, reason);
        else await assert.rejects(moving, /violates check constraint/);
      }
    });
  }

  test('has a reason and `endedBy`, and an ongoing call has neither', async () => {
    const wrong = [
      ['disconnected', undefined, 'client'],
      ['disconnected', 'hangUp', undefined],
      ['disconnected', 'hangUp', 'nobody'],
      ['disconnected', 'tired', 'client'],
      ['connected', 'hangUp', undefined],
      ['connected', undefined, 'client'],
    ] as const;
    for (const [state, reason, endedBy] of wrong) {
      const id = await callIn('callingCallee');
      await assert.rejects(move(id, state, reason, endedBy), /violates check constraint/);
      assert.equal((await rowOf(id))?.state, 'callingCallee');
    }
    for (const endedBy of ENDED_BY) {
      assert.equal(
        (await move(await callIn('connected'), 'disconnected', 'hangUp', endedBy))?.endedBy,
        endedBy,
      );
    }
  });

  test('records when the call ended and when it was connected, if it was', async () => {
    const never = await callIn('callingCallee');
    const ended = await move(never, 'failed', 'calleeNoAnswer', 'carrier');
    assert.equal(ended?.connectedAt, null);
    assert.ok(Math.abs(Number(ended?.endedAt) - Date.now()) < 5000);

    const talked = await callIn('connected');
    const connectedAt = (await rowOf(talked))?.connectedAt;
    await app.sql(`UPDATE calls SET connected_at = connected_at - interval '90 seconds' WHERE id = $1`, [
      talked,
    ]);
    const over = await move(talked, 'disconnected', 'hangUp', 'client');
    assert.equal(Number(over?.connectedAt), Number(connectedAt) - 90_000);
    const seconds = (Number(over?.endedAt) - Number(over?.connectedAt)) / 1000;
    assert.ok(seconds >= 90 && seconds < 95, `${seconds} s`);
  });

  test('records the result of the recording, if one was requested', async () => {
    const results = { connected: 'success', callingCallee: 'noRecord' } as const;
    for (const state of ['connected', 'callingCallee'] as const) {
      for (const recording of [true, false]) {
        const id = await callIn(state, recording);
        assert.equal((await rowOf(id))?.recordingResult, null);
        const ended = await move(id, 'disconnected', 'other', 'carrier');
        assert.equal(ended?.recordingResult, recording ? results[state] : null);
      }
    }
  });
});

test('each step sets the deadline: the ring timeout plus a margin, then the time limit', async () => {
  const id = await callIn('initiating');
  await app.sql('UPDATE calls SET ring_timeout = 20, time_limit = 100 WHERE id = $1', [id]);
  for (const [state, seconds] of [
    ['callingCaller', 25],
    ['callingCallee', 25],
    ['connected', 100],
  ] as const) {
    const { deadline = 0 } = (await move(id, state)) ?? {};
    assert.ok(deadline <= seconds && deadline > seconds - 2, `${state}: ${deadline} s`);
  }
});

test('an event has the same time as the call', async () => {
  const id = await callIn('connected');
  await move(id, 'disconnected', 'hangUp', 'client');
  const [times] = await app.sql(
    `SELECT bool_and(e.at = CASE e.state WHEN 'initiating' THEN c.created_at WHEN 'connected' THEN c.connected_at ELSE c.ended_at END)
            AS same FROM call_events e JOIN calls c ON c.id = e.call_id WHERE c.id = $1`,
    [id],
  );
  assert.deepEqual(times, { same: true });
  assert.deepEqual((await eventsOf(app, id)).map(inWords), [
    'initiating',
    'connected',
    'disconnected: hangUp, by client',
  ]);
});

test('every call has a complete timeline', () => assertWholeLives(app));
