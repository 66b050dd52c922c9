import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { until } from '../../harness/until.ts';
import { bodyOf, PHONE_SDP } from '../../peers/raw-phone.ts';
import { connectPhones, startRawStage } from './raw-stage.ts';

const app = await startApp();
const statements: string[] = [];
/** The same application; the carrier's statements are counted. */
const counted = {
  ...app,
  database: {
    ...app.database,
    query: <Row extends object>(...args: Parameters<typeof app.database.query>) => {
      statements.push(args[0].name);
      return app.database.query<Row>(...args);
    },
  },
};
const count = (name: string) => statements.filter((each) => each === name).length;

interface Stored {
  readonly phase: string;
  readonly description: { readonly sdp: string };
}

async function storedLegs(): Promise<Record<string, Stored>> {
  const rows = await app.sql<{ leg: string; saved: Stored }>('SELECT leg, saved FROM carried_legs');
  return Object.fromEntries(rows.map(({ leg, saved }) => [leg, saved]));
}

const media = (sdp = '') => sdp.replace(/^[vos]=.*\r\n/gm, '');

test('the legs of a call are written three times, and deleted once', async () => {
  const stage = await startRawStage(counted);
  const { caller, callee, carrier } = stage;
  const call = await stage.insertCall();
  const { invite } = await connectPhones({ ...stage, insertCall: async () => call });
  assert.equal(count('save_legs'), 3);
  const stored = await storedLegs();
  assert.deepEqual([stored['caller']?.phase, stored['callee']?.phase], ['confirmed', 'confirmed']);
  assert.equal(media(stored['callee']?.description.sdp), media(bodyOf(invite)));
  assert.equal(media(stored['caller']?.description.sdp), media(PHONE_SDP), 'what the callee answered');
  carrier.hangUp(call.id);
  caller.respond(await caller.next('BYE'), '200 OK');
  callee.respond(await callee.next('BYE'), '200 OK');
  await until('no leg is left', async () => Object.keys(await storedLegs()).length === 0);
  assert.deepEqual([count('save_legs'), count('delete_legs')], [3, 1]);
});

test('a phone that answers gets its ACK, and the next phone rings, only once both legs are stored', async () => {
  const { carrier, caller, callee, insertCall } = await startRawStage(app);
  const call = await insertCall();
  carrier.originate(call);
  const invite = await caller.next('INVITE');
  const other = await connect(app);
  await other.query('BEGIN');
  await other.query('SELECT FROM calls WHERE id = $1 FOR UPDATE', [call.id]);
  caller.respond(invite, '200 OK', { sdp: PHONE_SDP });
  const acknowledged = caller.next('ACK');
  await waitsOrEnds(app, acknowledged);
  assert.equal((await storedLegs())['caller']?.phase, 'calling');
  assert.deepEqual([caller.received.length, callee.received.length], [1, 0]);
  await other.query('COMMIT');
  await acknowledged;
  const stored = await storedLegs();
  assert.deepEqual([stored['caller']?.phase, stored['callee']?.phase], ['confirmed', 'calling']);
  assert.match(stored['caller']?.description.sdp ?? '', /^a=inactive$/m);
  await callee.next('INVITE');
});
