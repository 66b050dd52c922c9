import assert from 'node:assert/strict';
import { test } from 'node:test';
import { field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import { connect, ringUp, T1 } from './raw-calls.ts';
import { prepare, startAgent } from './test-agent.ts';

test('a phone that answers after its leg was handed over gets ACK and BYE', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { leg, answered, invite, saved, ended } = await ringUp(agent, phone);
  phone.respond(invite, '180 Ringing');
  leg.handOver();
  await assert.rejects(answered, { code: 487, local: true });
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  await phone.next('ACK');
  phone.respond(await phone.next('BYE'), '200 OK');
  assert.deepEqual([agent.status().dialogs, saved, ended], [0, [], []]);
  assert.equal(
    phone.received.some((raw) => raw.startsWith('CANCEL')),
    false,
    'the other process sends it',
  );
});

test('a leg that was handed over is not tried again with credentials', async () => {
  const phone = await RawPhone.start();
  const agent = await startAgent({ username: 'a', password: 'b', proxy: phone.uri }, { t1: T1 });
  const { leg, invite } = await ringUp(agent, phone);
  leg.handOver();
  phone.respond(invite, '407 Proxy Authentication Required', {
    headers: ['Proxy-Authenticate: Digest realm="pbx", nonce="n"'],
  });
  assert.equal(field(await phone.next('ACK'), 'CSeq'), '1 ACK');
  await leg.hangUp();
  assert.equal(phone.received.filter((raw) => raw.startsWith('INVITE')).length, 1);
});

test('a leg that was handed over before it was called is not called', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { leg } = prepare(agent, phone.uri);
  leg.handOver();
  await assert.rejects(leg.call(), { code: 487, local: true });
  assert.deepEqual([phone.received, agent.status().transactions], [[], 0]);
});

test('a leg that was handed over after its answer gets no BYE from this process', async () => {
  const { leg, phone, agent } = await connect();
  leg.handOver();
  await leg.hangUp();
  assert.equal(agent.status().dialogs, 0);
  assert.equal(
    phone.received.some((raw) => raw.startsWith('BYE')),
    false,
  );
});
