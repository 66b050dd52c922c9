import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { startRawStage } from './raw-stage.ts';

const app = await startApp();

function nothingLeft(callId: string): Promise<true> {
  return until(
    'no leg is left',
    async () => (await app.sql('SELECT FROM carried_legs WHERE call_id = $1', [callId])).length === 0,
  );
}

suite('legs that were saved as nobody can read them', () => {
  for (const [phase, state] of [
    ['calling', 'callingCaller'],
    ['confirmed', 'connected'],
  ] as const) {
    test(`a call that was taken over ${state} comes to its end nevertheless`, async () => {
      const { carrier, nodeId, reported, insertCall } = await startRawStage(app);
      const call = await insertCall();
      for (const leg of ['caller', 'callee'])
        await app.sql(`INSERT INTO carried_legs VALUES ($1, $2, 'sip', $3, $4)`, [
          ...[call.id, leg, nodeId, JSON.stringify({ phase })],
        ]);
      carrier.reconcile([{ ...call, state }]);
      await nothingLeft(call.id);
      assert.deepEqual(reported, ['failed: other']);
    });
  }

  test('what is left of an ended call is given up', async () => {
    const { carrier, nodeId, insertCall } = await startRawStage(app);
    const { id } = await insertCall();
    await app.sql(`INSERT INTO carried_legs VALUES ($1, 'caller', 'sip', $2, '{"phase": "calling"}')`, [
      ...[id, nodeId],
    ]);
    await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [id]);
    await carrier.releaseLeftOvers();
    await nothingLeft(id);
  });
});
