import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../harness/until.ts';
import { type Phone, startPhone } from '../../../peers/phone.ts';
import { answers, refuses } from '../../../peers/scenarios.ts';
import { startSipp } from '../../../peers/sipp.ts';
import { startLossyRelay } from './lossy-relay.ts';
import { prepare, startAgent } from './stack-setup.ts';

const CALLS = 8;
/** sipp takes a repetition for a surprise where it lost its own answer, and would give up for it. */
const LOSING = ['-lost', '30', '-default_behaviors', 'all,-abortunexp'];

test('calls survive the loss of 30 % of all datagrams at sipp', async () => {
  const agent = await startAgent();
  const phone = await startSipp(answers(0), { calls: CALLS, args: LOSING });
  await Promise.all(
    Array.from({ length: CALLS }, async () => {
      const { leg } = prepare(agent, phone.uri());
      (await leg.call()).ack();
      // the 200 to BYE is the one that sipp does not repeat
      void leg.hangUp();
    }),
  );
  assert.match(phone.messages(), /lost/);
});

test('refusals survive the loss of 30 % of all datagrams at sipp', async () => {
  const agent = await startAgent();
  const phone = await startSipp(refuses(486, 'Busy Here'), { calls: CALLS, args: LOSING });
  await Promise.all(
    Array.from({ length: CALLS }, () =>
      assert.rejects(prepare(agent, phone.uri()).leg.call(), { code: 486, local: false }),
    ),
  );
});

test('calls with a phone survive the loss of 30 % of all datagrams on the way', async () => {
  const phone = await startPhone({ name: 'alice' });
  const relay = await startLossyRelay(Number(/:(\d+)/.exec(phone.uri.slice('sip:'.length))?.[1]), 0.3);
  const agent = await startAgent({ proxy: `sip:127.0.0.1:${relay.port}` });
  for (let call = 1; call <= 3; call++) {
    const { leg, ended } = prepare(agent, phone.uri);
    (await leg.call()).ack();
    // the phone repeats its 200 for 32 s, more and more seldom, until an ACK gets through
    await until('the ACK', () => established(phone) === call, 32);
    (await leg.refresh()).ack();
    await leg.hangUp();
    await phone.until('CALL_CLOSED', call);
    assert.deepEqual(ended, []);
  }
  assert.ok(relay.lost() > 0);
  assert.deepEqual(agent.told.failures, []);
});

function established(phone: Phone): number {
  return phone.events.filter(({ type }) => type === 'CALL_ESTABLISHED').length;
}
