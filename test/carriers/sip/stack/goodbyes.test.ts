import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { until } from '../../../harness/until.ts';
import { connect, ringUp, T1 } from './raw-calls.ts';
import { RawPhone } from './raw-phone.ts';
import { startAgent } from './stack-setup.ts';

/** What a phone, or a proxy before it, says to the end of its call; undefined: nothing, for as long as anybody waits. */
const ANSWERS = [
  ['200 OK', true],
  ['481 Call/Transaction Does Not Exist', true],
  ['408 Request Timeout', false],
  ['503 Service Unavailable', false],
  [undefined, false],
] as const;

async function ring() {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const heard = await ringUp(agent, phone);
  phone.respond(heard.invite, '180 Ringing');
  await until('it is known to ring', () => heard.ringing.length > 0);
  return { ...heard, phone };
}

suite('whether a phone knows of the end of its call', { concurrency: true }, () => {
  for (const [answer, knows] of ANSWERS) {
    const so = knows ? 'knows' : 'may not know';
    test(`a phone whose BYE gets ${answer ?? 'no answer'} ${so}`, async () => {
      const { phone, leg } = await connect();
      const over = leg.hangUp();
      const bye = await phone.next('BYE');
      if (answer) phone.respond(bye, answer);
      assert.equal(await over, knows);
      assert.equal(await leg.hangUp(), knows, 'asked again');
    });

    test(`a phone that another process tells with BYE, and which gets ${answer ?? 'no answer'}, ${so}`, async () => {
      const { phone, leg } = await connect();
      const over = (await startAgent({}, { t1: T1 })).releaseLeg(leg.saved);
      const bye = await phone.next('BYE');
      if (answer) phone.respond(bye, answer);
      assert.equal(await over, knows);
    });

    test(`a phone that another process tells with CANCEL, and which gets ${answer ?? 'no answer'}, ${so}`, async () => {
      const { phone, leg } = await ring();
      const over = (await startAgent({}, { t1: T1 })).releaseLeg(leg.saved);
      const cancel = await phone.next('CANCEL');
      if (answer) phone.respond(cancel, answer);
      assert.equal(await over, knows);
    });
  }

  test('a phone that rings and never answers CANCEL may not know', async () => {
    const { phone, leg } = await ring();
    const over = leg.hangUp();
    await phone.next('CANCEL');
    assert.equal(await over, false);
  });

  test('a phone that ends the INVITE knows, whether it answers CANCEL or not', async () => {
    const { phone, leg, invite } = await ring();
    const over = leg.hangUp();
    await phone.next('CANCEL');
    phone.respond(invite, '487 Request Terminated');
    assert.equal(await over, true);
  });

  for (const [answer, knows] of ANSWERS) {
    test(`one that answers while it is told, and whose BYE gets ${answer ?? 'no answer'}: ${knows}`, async () => {
      const { phone, leg, invite } = await ring();
      const over = leg.hangUp();
      await phone.next('CANCEL');
      phone.respond(invite, '200 OK');
      const bye = await phone.next('BYE');
      if (answer) phone.respond(bye, answer);
      assert.equal(await over, knows);
    });
  }

  test('of an INVITE that nobody has heard of nobody need know', async () => {
    const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
    const { leg, answered } = await ringUp(agent, phone);
    assert.equal(await leg.hangUp(), true);
    await assert.rejects(answered, { local: true });
  });

  test('a phone that hung up knows', async () => {
    const { phone, leg, invite, ended } = await connect();
    phone.request('BYE', invite);
    await until('it is heard', () => ended.length > 0);
    assert.equal(await leg.hangUp(), true);
  });
});
