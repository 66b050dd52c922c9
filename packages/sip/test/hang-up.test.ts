import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { RawPhone } from '../../../test/peers/raw-phone.ts';
import { connect, ringUp, T1 } from './raw-calls.ts';
import { startAgent } from './test-agent.ts';

/** The response of a phone, or of a proxy before it, to BYE or CANCEL; undefined: none. And whether it confirms the end. */
const ANSWERS = [
  ['200 OK', true],
  ['481 Call/Transaction Does Not Exist', true],
  ['408 Request Timeout', false],
  ['503 Service Unavailable', false],
  [undefined, false],
] as const;

async function ring() {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const call = await ringUp(agent, phone);
  phone.respond(call.invite, '180 Ringing');
  await until('the phone rings', () => call.ringing.length > 0);
  return { ...call, phone };
}

suite('whether a phone confirms the end of its call', { concurrency: true }, () => {
  for (const [answer, confirms] of ANSWERS) {
    const result = confirms ? 'is confirmed' : 'is not confirmed';
    test(`BYE with ${answer ?? 'no response'} ${result}`, async () => {
      const { phone, leg } = await connect();
      const over = leg.hangUp();
      const bye = await phone.next('BYE');
      if (answer) phone.respond(bye, answer);
      assert.equal(await over, confirms);
      assert.equal(await leg.hangUp(), confirms, 'the result stays');
    });

    test(`BYE of another process with ${answer ?? 'no response'} ${result}`, async () => {
      const { phone, leg } = await connect();
      const over = (await startAgent({}, { t1: T1 })).releaseLeg(leg.saved);
      const bye = await phone.next('BYE');
      if (answer) phone.respond(bye, answer);
      assert.equal(await over, confirms);
    });

    test(`CANCEL of another process with ${answer ?? 'no response'} ${result}`, async () => {
      const { phone, leg } = await ring();
      const over = (await startAgent({}, { t1: T1 })).releaseLeg(leg.saved);
      const cancel = await phone.next('CANCEL');
      if (answer) phone.respond(cancel, answer);
      assert.equal(await over, confirms);
    });

    test(`BYE to an answer that crossed CANCEL, with ${answer ?? 'no response'}, ${result}`, async () => {
      const { phone, leg, invite } = await ring();
      const over = leg.hangUp();
      await phone.next('CANCEL');
      phone.respond(invite, '200 OK');
      const bye = await phone.next('BYE');
      if (answer) phone.respond(bye, answer);
      assert.equal(await over, confirms);
    });
  }

  test('the end is not confirmed if CANCEL gets no response', async () => {
    const { phone, leg } = await ring();
    const over = leg.hangUp();
    await phone.next('CANCEL');
    assert.equal(await over, false);
  });

  test('a final response to the INVITE confirms the end, with or without one to CANCEL', async () => {
    const { phone, leg, invite } = await ring();
    const over = leg.hangUp();
    await phone.next('CANCEL');
    phone.respond(invite, '487 Request Terminated');
    assert.equal(await over, true);
  });

  test('an INVITE that reached no phone needs no confirmation', async () => {
    const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
    const { leg, answered } = await ringUp(agent, phone);
    assert.equal(await leg.hangUp(), true);
    await assert.rejects(answered, { local: true });
  });

  test('a phone that hung up itself has confirmed the end', async () => {
    const { phone, leg, invite, ended } = await connect();
    phone.request('BYE', invite);
    await until('the BYE', () => ended.length > 0);
    assert.equal(await leg.hangUp(), true);
  });
});
