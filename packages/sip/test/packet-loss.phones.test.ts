import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { startLossyRelay } from '../../../test/peers/lossy-relay.ts';
import { type Phone, startPhone } from '../../../test/peers/phone.ts';
import { answers, refuses } from '../../../test/peers/scenarios.ts';
import { startSipp } from '../../../test/peers/sipp.ts';
import { prepare, startAgent } from './test-agent.ts';

const CALLS = 8;
/** If sipp loses its own response, it does not expect the repeated request, and would abort. */
const LOSING = ['-lost', '30', '-default_behaviors', 'all,-abortunexp'];

test('calls survive the loss of 30 % of all datagrams at sipp', async () => {
  const agent = await startAgent();
  const phone = await startSipp(answers(0), { calls: CALLS, args: LOSING });
  await Promise.all(
    Array.from({ length: CALLS }, async () => {
      const { leg } = prepare(agent, phone.uri());
      (await leg.call()).ack();
      // sipp does not repeat its 200 to BYE
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
    // the phone repeats its 200 for 32 s, at growing intervals, until an ACK arrives
    await until('the ACK', () => established(phone) === call, 32);
    (await leg.refresh()).ack();
    await leg.hangUp();
    await phone.until('CALL_CLOSED', call);
    assert.deepEqual(ended, []);
  }
  assert.ok(relay.lost() > 0);
  assert.deepEqual(agent.recorded.failures, []);
});

function established(phone: Phone): number {
  return phone.events.filter(({ type }) => type === 'CALL_ESTABLISHED').length;
}
