import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Core } from '../../../packages/sip/vendor/sip.js/index.js';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { PHONE_SDP } from '../../peers/raw-phone.ts';
import { connectPhones, startRawStage } from './raw-stage.ts';

const app = await startApp();

test('a re-INVITE that cannot be passed on because of a bug is refused, and the call ends with an error in the log', async (t) => {
  const stage = await startRawStage(app);
  const { caller, callee, errors, reported } = stage;
  const { first } = await connectPhones(stage);
  const broken = t.mock.method(Core.SessionDialog.prototype, 'invite', () => {
    throw new TypeError('a bug');
  });
  caller.request('INVITE', first, { sdp: PHONE_SDP.replace('4000', '4242') });
  await until('it is refused', () => caller.received.some((raw) => raw.startsWith('SIP/2.0 488')));
  broken.mock.restore();
  for (const phone of [caller, callee]) phone.respond(await phone.next('BYE'), '200 OK');
  assert.deepEqual(errors, ['sip: lost a leg of a connected call; ending the call']);
  assert.match(reported.at(-1) ?? '', /^disconnected: /);
});

test('the legs of an ended call that the database refuses to delete are an error in the log', async (t) => {
  const stage = await startRawStage(app);
  const { caller, callee, errors } = stage;
  const { first } = await connectPhones(stage);
  const { query } = app.database;
  t.mock.method(app.database, 'query', async (...[statement, values]: Parameters<typeof query>) => {
    if (statement.name === 'delete_legs') throw new TypeError('a bug');
    return query(statement, values);
  });
  caller.request('BYE', first);
  callee.respond(await callee.next('BYE'), '200 OK');
  await until('the error is logged', () => errors.length > 0);
  assert.deepEqual(errors, ['sip: cannot delete the legs of a call; their phones get one more BYE']);
});

test('phones that cannot be connected because of a bug end their call with an error in the log', async (t) => {
  const { carrier, caller, callee, errors, reported, insertCall } = await startRawStage(app);
  carrier.originate(await insertCall());
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  const invite = await callee.next('INVITE');
  const broken = t.mock.method(Core.SessionDialog.prototype, 'invite', () => {
    throw new TypeError('a bug');
  });
  callee.respond(invite, '200 OK', { sdp: PHONE_SDP });
  for (const phone of [caller, callee]) phone.respond(await phone.next('BYE'), '200 OK');
  broken.mock.restore();
  assert.deepEqual(errors, ['sip: cannot connect the phones to each other; ending the call']);
  assert.match(reported.at(-1) ?? '', /^disconnected: /);
});
