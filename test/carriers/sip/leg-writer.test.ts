import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { SavedLeg } from '@clicktocall/sip';
import { CallLost, type LegToSave } from '../../../src/carriers/sip/leg-store.ts';
import { createLegWriter } from '../../../src/carriers/sip/leg-writer.ts';
import { connect, insertCalls, insertUser } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { DATA_EXCEPTION, refuseRows } from '../refusals.ts';
import { connectPhones, startRawStage } from './raw-stage.ts';

const app = await startApp();
const nodeId = randomUUID();
const userId = await insertUser(app, 'anna');

/** Calls that the node holds. */
async function heldCalls(count: number): Promise<string[]> {
  const ids = await insertCalls(app, userId, count, { state: 'initiating', carrier: 'sip' });
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = ANY ($2)', [nodeId, ids]);
  return ids;
}

function callerOf(callId: string, saved: object = {}): LegToSave {
  return { callId, leg: 'caller', saved: { ...saved, id: `leg of ${callId}` } as SavedLeg };
}

/** A writer, and the names of its statements. */
function startWriter() {
  const statements: string[] = [];
  const database: typeof app.database = {
    ...app.database,
    query(statement, values) {
      statements.push(statement.name);
      return app.database.query(statement, values);
    },
  };
  return { writer: createLegWriter({ database, nodeId }), statements };
}

const storedCalls = async () =>
  (await app.sql<{ call_id: string }>('SELECT call_id FROM carried_legs ORDER BY call_id')).map(
    ({ call_id }) => call_id,
  );

test('legs that are written at the same time share a statement, and so do those that are over', async () => {
  const { writer, statements } = startWriter();
  const ids = (await heldCalls(3)).sort();
  await writer.save(callerOf(ids[0] ?? ''));
  assert.deepEqual(statements.splice(0), ['save_leg']);
  const session = { agreed: true, interval: 90 };
  await Promise.all(ids.map((id) => writer.save(callerOf(id, { phase: 'confirmed', session }))));
  assert.deepEqual(statements.splice(0), ['save_legs']);
  const rows = await app.sql(
    'SELECT call_id, leg, carrier, node_id, attempt, session_interval, saved FROM carried_legs ORDER BY call_id',
  );
  const expected = ids.map((id) => {
    const { saved } = callerOf(id, { phase: 'confirmed', session });
    const common = { leg: 'caller', carrier: 'sip', node_id: nodeId, session_interval: 90 };
    return { call_id: id, ...common, attempt: saved.id, saved };
  });
  assert.deepEqual(rows, expected);
  const [kept = '', ...over] = ids;
  await Promise.all(over.map((callId) => writer.delete({ callId, attempts: [`leg of ${callId}`] })));
  assert.deepEqual(statements, ['delete_legs']);
  assert.deepEqual(await storedCalls(), [kept]);
  await writer.delete({ callId: kept, attempts: [`leg of ${kept}`] });
});

test('a leg that cannot be written does not harm the others', async () => {
  const { writer, statements } = startWriter();
  const [lost = '', refused = '', ...others] = await heldCalls(4);
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [randomUUID(), lost]);
  await refuseRows(app, 'carried_legs', `NEW.call_id = '${refused}'`, DATA_EXCEPTION);
  const results = await Promise.allSettled([lost, refused, ...others].map((id) => writer.save(callerOf(id))));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.ok(results[0]?.status === 'rejected' && results[0].reason instanceof CallLost);
  assert.deepEqual(await storedCalls(), others.toSorted());
  assert.deepEqual(statements, ['save_legs', 'save_leg', 'save_leg', 'save_leg', 'save_leg']);
});

test('legs of other calls do not wait for a call that another node takes over', async () => {
  const { writer, statements } = startWriter();
  const [locked = '', ...others] = await heldCalls(3);
  const other = await connect(app);
  await other.query('BEGIN');
  await other.query('SELECT FROM calls WHERE id = $1 FOR UPDATE', [locked]);
  const waiting = writer.save(callerOf(locked));
  await Promise.all(others.map((id) => writer.save(callerOf(id))));
  assert.deepEqual(statements, ['save_legs', 'save_leg'], 'only the leg of the locked call is repeated');
  await waitsOrEnds(app, waiting);
  await other.query('UPDATE calls SET node_id = $1 WHERE id = $2', [randomUUID(), locked]);
  await other.query('COMMIT');
  await assert.rejects(waiting, CallLost);
});

test('the answer of the caller’s phone and the call to the callee’s share a statement', async (t) => {
  const stage = await startRawStage(app);
  const { query } = app.database;
  const written: string[] = [];
  t.mock.method(app.database, 'query', async (...[statement, values]: Parameters<typeof query>) => {
    if (statement.name === 'save_legs') {
      const legs = JSON.parse(String(values?.[1])) as { leg: string; saved: SavedLeg }[];
      written.push(legs.map(({ leg, saved }) => `${leg} ${saved.phase}`).join(', '));
    }
    return query(statement, values);
  });
  await connectPhones(stage);
  assert.deepEqual(written, ['caller confirmed, callee calling']);
});
