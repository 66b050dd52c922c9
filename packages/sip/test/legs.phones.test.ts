import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { startPhone } from '../../../test/peers/phone.ts';
import { prepare, startAgent } from './test-agent.ts';

for (const protocol of ['udp', 'tcp'] as const) {
  test(`a phone over ${protocol} rings, answers, and is hung up`, async () => {
    const agent = await startAgent({ listen: { protocol, host: '127.0.0.1', port: 0 } });
    const phone = await startPhone({ name: 'alice', transport: protocol });
    const { leg, ringing } = prepare(agent, phone.uri);
    assert.equal(leg.saved.phase, 'calling');
    const answer = await leg.call();
    answer.ack();
    assert.match(answer.sdp ?? '', /^m=audio \d+/m);
    assert.ok(ringing.includes(180), `heard ${ringing}`);
    assert.equal(leg.saved.phase, 'confirmed');
    await phone.until('CALL_ESTABLISHED');
    (await leg.refresh()).ack();
    await leg.hangUp();
    await phone.until('CALL_CLOSED');
    assert.equal(agent.status().dialogs, 0);
  });
}

test('a phone hangs up', async () => {
  const agent = await startAgent();
  const phone = await startPhone({ name: 'alice' });
  const { leg, ended } = prepare(agent, phone.uri);
  (await leg.call()).ack();
  await phone.until('CALL_ESTABLISHED');
  await phone.hangUp();
  await until('an end', () => ended.length === 1);
  assert.deepEqual(ended, ['bye']);
});

test('a phone puts the call on hold, and gets the answer', async () => {
  const agent = await startAgent();
  const phone = await startPhone({ name: 'alice' });
  const { leg, reInvites } = prepare(agent, phone.uri);
  const answer = await leg.call();
  answer.ack();
  await phone.until('CALL_ESTABLISHED');
  await phone.hold();
  const [request] = await until('a re-INVITE', () => reInvites.length > 0 && reInvites);
  assert.match(request?.offer ?? '', /^a=(sendonly|inactive)/m);
  assert.equal(await request?.accept(answer.sdp ?? ''), undefined);
  await leg.hangUp();
});
