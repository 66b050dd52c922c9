import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWholeLives, ending, inWords, reached, statesOf } from '../../core/calls/lives.ts';
import { until } from '../../harness/until.ts';
import { startLossyRelay } from '../../peers/lossy-relay.ts';
import type { Phone } from '../../peers/phone.ts';
import type { Scenario } from '../../peers/scenario-steps.ts';
import { announces, answers, answersTheCancelled } from '../../peers/scenarios.ts';
import { type Sipp, startSipp } from '../../peers/sipp.ts';
import { asksForAnOffer, movesItsMedia, offersAtTheSameTime } from './exchanges.ts';
import { hearEachOther, startBehindPbx, startDirect, TRUNK_NUMBER } from './sip-stage.ts';

const stage = await startDirect({ SIP_ASSERTED_IDENTITY: 'sip:{digits}@trunk.example;user=phone' });
const anna = await stage.startPhone({ name: 'anna' });

function descriptions(phone: Phone): number {
  return phone.events.filter(({ type }) => type === 'CALL_REMOTE_SDP').length;
}

suite('a trunk', () => {
  after(() => assertWholeLives(stage.app));

  /** Calls the trunk from a phone that answers automatically. */
  async function call(scenario: Scenario, args: readonly string[] = []): Promise<[string, Sipp]> {
    const trunk = await startSipp(scenario, { port: stage.trunkPort, args });
    return [await stage.call(anna.uri, TRUNK_NUMBER), trunk];
  }

  async function hangUp(id: string, trunk: Sipp): Promise<void> {
    assert.equal(await stage.caller.end(stage.app, id), 204);
    assert.equal(await trunk.ended, 0, trunk.messages());
    await stage.nothingLeft(40);
  }

  test('gets the caller ID in the configured form', async () => {
    const [id, trunk] = await call(answers());
    await reached(stage.app, id, 'connected');
    await hangUp(id, trunk);
    assert.match(trunk.messages(), /^INVITE sip:\+442079460999@/m);
    assert.match(trunk.messages(), /^From: .*<sip:\+44770090000\d@127\.0\.0\.1>/m);
    assert.match(trunk.messages(), /^P-Asserted-Identity: <sip:44770090000\d@trunk\.example;user=phone>/m);
  });

  test('whose answer crosses the CANCEL gets ACK and BYE', async () => {
    const [id, trunk] = await call(answersTheCancelled());
    await until('it rings', () => trunk.messages().includes('180 Ringing'));
    await hangUp(id, trunk);
    assert.equal(inWords(await ending(stage.app, id)), 'disconnected: hangUp, by client');
  });

  test('plays an announcement in a reliable 183, and the caller gets it before the answer', async () => {
    const before = descriptions(anna);
    const [id, trunk] = await call(announces(1500));
    await until('the caller is connected to the announcement', () => descriptions(anna) >= before + 2);
    await reached(stage.app, id, 'callingCallee');
    assert.equal((await statesOf(stage.app, id)).at(-1), 'callingCallee');
    await reached(stage.app, id, 'connected');
    await sleep(300);
    await hangUp(id, trunk);
    assert.match(trunk.messages(), /^PRACK /m);
  });

  test('requests an offer, and gets that of the caller’s phone', async () => {
    const before = descriptions(anna);
    const [id, trunk] = await call(asksForAnOffer());
    await reached(stage.app, id, 'connected');
    await until('the caller’s phone has got the answer', () => descriptions(anna) >= before + 3);
    await hangUp(id, trunk);
  });

  test('gets the new address when the caller’s phone moves its media', async () => {
    const phone = await startSipp(movesItsMedia(4242));
    const trunk = await startSipp(answers(), { port: stage.trunkPort });
    const id = await stage.call(phone.uri(), TRUNK_NUMBER);
    await until('the new address', () => /^m=audio 4242 /m.test(trunk.messages()));
    await sleep(300);
    await hangUp(id, trunk);
    assert.equal(await phone.ended, 0, phone.messages());
  });

  test('offers at the same time as the caller, and both offers succeed', async () => {
    const [id, trunk] = await call(offersAtTheSameTime());
    await reached(stage.app, id, 'connected');
    await sleep(300);
    const before = descriptions(anna);
    await anna.hold();
    await until('the hold is accepted', () => descriptions(anna) > before);
    await hangUp(id, trunk);
  });
});

test('calls succeed with 30 % of all datagrams lost', async () => {
  const [, port] = /:(\d+)$/.exec(anna.uri) ?? [];
  const relay = await startLossyRelay(Number(port), 0.3);
  const phones = await startSipp(answers(), { port: stage.trunkPort, calls: 4 });
  const before = anna.events.filter(({ type }) => type === 'CALL_CLOSED').length;
  for (let call = 1; call <= 4; call++) {
    const id = await stage.call(`sip:anna@127.0.0.1:${relay.port}`, TRUNK_NUMBER);
    // An unlucky INVITE is repeated for up to 32 s (RFC 3261 section 17.1.1.2, timer B), and there are two of them.
    await until('it is connected', async () => (await statesOf(stage.app, id)).includes('connected'), 60);
    assert.equal(await stage.caller.end(stage.app, id), 204);
    await anna.until('CALL_CLOSED', before + call);
  }
  assert.equal(await phones.ended, 0, phones.messages());
  assert.ok(relay.lost() > 0);
  await stage.nothingLeft(40);
});

test('the early offer connects two phones', async () => {
  const pbx = await startBehindPbx({ SIP_FLOW: 'early-offer' });
  const [carl, dora] = await Promise.all(['carl', '+442079460123'].map((name) => pbx.startPhone({ name })));
  assert.ok(carl && dora);
  const id = await pbx.call(carl.uri, dora.name);
  await reached(pbx.app, id, 'connected');
  await hearEachOther(carl, dora);
  assert.equal(await pbx.caller.end(pbx.app, id), 204);
  await Promise.all([carl.until('CALL_CLOSED'), dora.until('CALL_CLOSED')]);
  await pbx.nothingLeft();
});
