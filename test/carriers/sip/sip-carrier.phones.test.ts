import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserAgentStatus } from '@clicktocall/sip';
import { setT1 } from '@clicktocall/sip';
import type { CarriedCall } from '../../../src/carriers/carrier.ts';
import { createSipCarrier } from '../../../src/carriers/sip/sip-carrier.ts';
import { readConfig } from '../../../src/config/config.ts';
import { createDiallingPolicy } from '../../../src/core/phone-numbers/dialling-policy.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { insertCalls, insertUser } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { until } from '../../harness/until.ts';
import { answers, forgetsTheCancelled } from '../../peers/scenarios.ts';
import { startSipp } from '../../peers/sipp.ts';
import { heldCall } from '../held-call.ts';

const app = await startApp();
const nodeId = randomUUID();
await app.sql(`INSERT INTO nodes (id, seen_at) VALUES ($1, now() + interval '1 hour')`, [nodeId]);
const [phones, trunk] = await Promise.all([startSipp(answers(0)), startSipp(answers(0))]);
const reported: string[] = [];
const warnings: string[] = [];
const { sip } = readConfig({
  ...{ CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0', DATABASE_URL: app.databaseUrl },
  SIP_CALLER_ADDRESS: phones.uri(),
  SIP_CALLEE_ADDRESS: `sip:{number}@127.0.0.1:${trunk.port}`,
});
assert.ok(sip);
let status: () => UserAgentStatus = () => assert.fail('the carrier is not watched');
const carrier = await createSipCarrier(sip, {
  policy: createDiallingPolicy({ allow: [], deny: [], country: undefined }),
  sipMeter: {
    counters: { message() {}, retransmission() {}, failure() {} },
    watch: (read) => {
      status = read;
    },
  },
  ...{ database: app.database, nodeId, clock: systemClock },
  report: (_, progress) => 'state' in progress && reported.push(progress.state),
  log: { debug() {}, info() {}, error() {}, warn: (_: unknown, text?: string) => warnings.push(text ?? '') },
});
setT1(100); // for the whole process: timeouts are 6.4 s
afterFile(() => carrier.close());

async function insertCall(): Promise<CarriedCall> {
  const userId = await insertUser(app, randomUUID());
  const [id = ''] = await insertCalls(app, userId, 1, { state: 'initiating', carrier: 'sip' });
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [nodeId, id]);
  return heldCall(app.database, nodeId, id);
}

function nothingLeft(): Promise<true> {
  return until('no leg is left', async () => (await app.sql('SELECT FROM carried_legs')).length === 0);
}

test('starting a call a second time changes nothing', async () => {
  const call = await insertCall();
  carrier.originate(call);
  carrier.originate(call);
  await until('it is connected', () => reported.includes('connected'));
  await sleep(300); // until they talk
  carrier.originate(call);
  carrier.reconcile([call]);
  assert.deepEqual(warnings, Array(3).fill('sip: call has already started; ignoring the second start'));
  assert.deepEqual(reported, ['callingCaller', 'callingCallee', 'connected']);
  carrier.hangUp(call.id);
  assert.deepEqual([await phones.ended, await trunk.ended], [0, 0], 'each phone was called once');
  await nothingLeft();
});

test('an INVITE without a final response after its CANCEL leaves nothing behind', async () => {
  const forgetful = await startSipp(forgetsTheCancelled());
  const call = await insertCall();
  carrier.originate({ ...call, sipAddress: forgetful.uri() });
  await until('it rings', () => forgetful.messages().includes('180 Ringing'));
  carrier.hangUp(call.id);
  assert.ok(status().transactions > 0);
  await until('all is over', () => status().transactions === 0, 20);
  assert.equal(status().dialogs, 0);
  await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [call.id]);
  await carrier.releaseOrphans(); // the leg is released again
  await nothingLeft();
});
