import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CALL_STATES, ENDED_BY, REASONS_BY_STATE, RECORDING_RESULTS } from '../../../src/core/calls/call.ts';
import { startApp } from '../../harness/app.ts';
import { insertCalls, insertUser } from './rows.ts';

const app = await startApp();

/** Columns of a call; the others are NULL. */
type Columns = Readonly<Record<string, string | null>>;

const AT = '2026-01-01T00:00:00Z';
const ENDED = { state: 'disconnected', reason: 'hangUp', ended_by: 'client', ended_at: AT };
const FAILED = { state: 'failed', reason: 'calleeDeclined', ended_by: 'carrier', ended_at: AT };

async function isConsistent(columns: Columns): Promise<boolean> {
  const [row] = await app.sql<{ consistent: boolean }>(
    `SELECT is_consistent_call(state, reason, ended_by, cause_leg, recording_result, sink, sink_correlator, connected_at, ended_at)
            AS consistent
       FROM jsonb_populate_record(NULL::calls, $1)`,
    [JSON.stringify(columns)],
  );
  return row?.consistent ?? true; // a CHECK accepts NULL
}

suite('the columns of a call fit together', () => {
  for (const state of CALL_STATES.filter((each) => !(each in REASONS_BY_STATE)))
    test(`an ongoing call: ${state}`, async () => assert(await isConsistent({ state })));

  for (const [state, reasons] of Object.entries(REASONS_BY_STATE))
    for (const reason of reasons)
      test(`an ended call: ${state}, ${reason}`, async () =>
        assert(await isConsistent({ ...ENDED, state, reason })));

  for (const ended_by of ENDED_BY)
    test(`ended by: ${ended_by}`, async () => assert(await isConsistent({ ...ENDED, ended_by })));

  for (const recording_result of RECORDING_RESULTS)
    test(`recording: ${recording_result}`, async () =>
      assert(await isConsistent({ ...ENDED, recording_result })));

  const refused: Readonly<Record<string, Columns>> = {
    'an unknown state': { state: 'waiting' },
    'an unknown state of an ended call': { ...ENDED, state: 'waiting' },
    'an ongoing call with the time of an end': { ...ENDED, state: 'connected' },
    'an ended call without the time': { ...ENDED, ended_at: null },
    'an ended call without a reason': { ...ENDED, reason: null },
    'an ongoing call with a reason': { state: 'connected', reason: 'hangUp' },
    'an ended call that nobody ended': { ...ENDED, ended_by: null },
    'an ongoing call that somebody ended': { state: 'connected', ended_by: 'client' },
    'an unknown end': { ...ENDED, ended_by: 'nobody' },
    'an unknown reason': { ...ENDED, reason: 'bored' },
    'the reason of a failed call in a disconnected one': { ...ENDED, reason: 'calleeDeclined' },
    'the reason of a disconnected call in a failed one': { ...FAILED, reason: 'hangUp' },
    'a failed call that was connected': { ...FAILED, connected_at: AT },
    'the cause of a third phone': { ...FAILED, cause_leg: 'operator' },
    'an unknown result of a recording': { ...ENDED, recording_result: 'maybe' },
    'a sink without a correlator': { state: 'connected', sink: 'https://sink.example/' },
    'a correlator without a sink': { state: 'connected', sink_correlator: 'one' },
  };
  for (const [title, columns] of Object.entries(refused))
    test(`refused: ${title}`, async () => assert(!(await isConsistent(columns))));

  test('the table refuses what does not fit', async () => {
    const [id] = await insertCalls(app, await insertUser(app, 'anna'), 1);
    await assert.rejects(
      app.sql(`UPDATE calls SET state = 'disconnected' WHERE id = $1`, [id]),
      /calls_consistent/,
    );
  });
});
