import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWholeLives, ending, inWords, reached, statesOf } from '../../core/calls/lives.ts';
import { outageOf } from '../../harness/outage.ts';
import { until } from '../../harness/until.ts';
import type { Phone } from '../../peers/phone.ts';
import { hearEachOther, type SipStage, startBehindPbx } from './sip-stage.ts';

const NUMBER = '+442079460123';
const ALL = ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'];

suite('two phones at a PBX', () => {
  let stage: SipStage;
  let anna: Phone;
  let bert: Phone;
  before(async () => {
    stage = await startBehindPbx();
  });
  beforeEach(async () => {
    [anna, bert] = await Promise.all([
      stage.startPhone({ name: 'anna', tone: 440, autoAnswer: false }),
      stage.startPhone({ name: NUMBER, tone: 1000, autoAnswer: false }),
    ]);
  });
  after(() => assertWholeLives(stage.app));

  async function finished(id: string, as: string): Promise<void> {
    assert.equal(inWords(await ending(stage.app, id)), as);
    await stage.nothingLeft();
    await Promise.all([anna.stop(), bert.stop()]);
  }

  async function connect(): Promise<string> {
    const id = await stage.call(anna.uri, NUMBER);
    await anna.until('CALL_INCOMING');
    await anna.answer();
    await bert.until('CALL_INCOMING');
    await bert.answer();
    await reached(stage.app, id, 'connected');
    await hearEachOther(anna, bert);
    return id;
  }

  test('talk to each other: the caller’s rings first, then the callee’s, and no media passes through the server', async () => {
    const id = await stage.call(anna.uri, NUMBER);
    assert.match((await anna.until('CALL_INCOMING')).peeruri ?? '', /^sip:\+442079460123@/);
    await sleep(300);
    assert.ok(!bert.saw('CALL_INCOMING'), 'the callee’s phone waits until the caller has answered');
    await anna.answer();
    assert.match((await bert.until('CALL_INCOMING')).peeruri ?? '', /^sip:\+44770090000\d@/);
    await sleep(1100);
    await bert.answer();
    await reached(stage.app, id, 'connected');
    await hearEachOther(anna, bert);
    const legs = await stage.app.sql(`SELECT leg, saved->>'phase' AS phase FROM carried_legs ORDER BY leg`);
    assert.deepEqual(
      legs.map(({ leg, phase }) => [leg, phase]),
      [
        ['callee', 'confirmed'],
        ['caller', 'confirmed'],
      ],
    );
    assert.equal(await stage.caller.end(stage.app, id), 204);
    await Promise.all([anna.until('CALL_CLOSED'), bert.until('CALL_CLOSED')]);
    assert.ok(Math.abs(anna.heard() - 1000) < 30, `the caller heard ${anna.heard()} Hz`);
    assert.ok(Math.abs(bert.heard() - 440) < 20, `the callee heard ${bert.heard()} Hz`);
    assert.deepEqual(await statesOf(stage.app, id), ALL);
    const [times] = await stage.app.sql<{ rang: number }>(
      `SELECT extract(epoch FROM connected_at - caller_answered_at)::float AS rang FROM calls WHERE id = $1`,
      [id],
    );
    assert.ok(times && times.rang > 1, 'the call lasts from when the callee answered');
    await finished(id, 'disconnected: hangUp, by client');
  });

  for (const who of ['caller', 'callee'] as const) {
    test(`the ${who} hangs up, and the other phone gets BYE`, async () => {
      const id = await connect();
      await (who === 'caller' ? anna : bert).hangUp();
      await (who === 'caller' ? bert : anna).until('CALL_CLOSED');
      await finished(id, 'disconnected: hangUp, by carrier');
    });
  }

  test('the caller rejects the call, and the callee’s phone never rings', async () => {
    const id = await stage.call(anna.uri, NUMBER);
    await anna.until('CALL_INCOMING');
    await anna.hangUp();
    await finished(id, 'disconnected: callerBusy, by carrier');
    assert.ok(!bert.saw('CALL_INCOMING'));
  });

  test('the callee rejects the call, and the caller’s phone gets BYE', async () => {
    const id = await stage.call(anna.uri, NUMBER);
    await anna.until('CALL_INCOMING');
    await anna.answer();
    await bert.until('CALL_INCOMING');
    await bert.hangUp();
    await anna.until('CALL_CLOSED');
    await finished(id, 'disconnected: calleeBusy, by carrier');
  });

  test('the caller gives up while the callee’s phone rings, which stops', async () => {
    const id = await stage.call(anna.uri, NUMBER);
    await anna.until('CALL_INCOMING');
    await anna.answer();
    await bert.until('CALL_INCOMING');
    await anna.hangUp();
    await bert.until('CALL_CLOSED');
    await finished(id, 'disconnected: callerAbandon, by carrier');
  });

  for (const [whom, words] of [
    ['caller', 'failed: callerNoAnswer, by carrier'],
    ['callee', 'failed: calleeNoAnswer, by carrier'],
  ] as const) {
    test(`the phone of a ${whom} who does not answer stops ringing at the ring timeout`, async () => {
      const id = await stage.call(anna.uri, NUMBER, { ringTimeout: 1 });
      await anna.until('CALL_INCOMING');
      if (whom === 'callee') await anna.answer();
      const ringing = whom === 'callee' ? bert : anna;
      await ringing.until('CALL_CLOSED');
      await finished(id, words);
    });
  }

  test('a client ends the call while a phone rings, which stops', async () => {
    const id = await stage.call(anna.uri, NUMBER);
    await anna.until('CALL_INCOMING');
    assert.equal(await stage.caller.end(stage.app, id), 204);
    await anna.until('CALL_CLOSED');
    await finished(id, 'disconnected: hangUp, by client');
  });

  test('hold and resume of one phone are passed to the other', async () => {
    const id = await connect();
    const offers = () => bert.events.filter(({ type }) => type === 'CALL_REMOTE_SDP').length;
    const before = offers();
    await anna.hold();
    await until('the callee’s phone gets it', () => offers() > before);
    await sleep(300);
    const held = (await bert.rtp()).received;
    await sleep(500);
    assert.ok((await bert.rtp()).received <= held + 2, 'who holds says nothing');
    await anna.resume();
    await hearEachOther(anna, bert);
    await bert.hold();
    await bert.resume();
    await hearEachOther(anna, bert);
    assert.equal(await stage.caller.end(stage.app, id), 204);
    await finished(id, 'disconnected: hangUp, by client');
  });

  test('a phone that is answered while the database is unavailable gets its ACK when the answer is saved', async () => {
    const id = await stage.call(anna.uri, NUMBER);
    await anna.until('CALL_INCOMING');
    await anna.answer();
    await bert.until('CALL_INCOMING');
    await reached(stage.app, id, 'callingCallee');
    const outage = outageOf(stage.app);
    await outage.begin();
    await bert.answer();
    await sleep(1500);
    assert.ok(!bert.saw('CALL_ESTABLISHED'));
    await outage.end();
    await bert.until('CALL_ESTABLISHED');
    await reached(stage.app, id, 'connected');
    await hearEachOther(anna, bert);
    assert.equal(await stage.caller.end(stage.app, id), 204);
    await finished(id, 'disconnected: hangUp, by client');
  });
});
