import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { setT1 } from '@clicktocall/sip';
import { assertWholeLives, ending, inWords, reached } from '../../core/calls/lives.ts';
import { insertCalls, insertUser } from '../../core/calls/rows.ts';
import { createTestClock, type TestClock } from '../../harness/test-clock.ts';
import { until } from '../../harness/until.ts';
import type { Phone } from '../../peers/phone.ts';
import { answers, forgetsTheCancelled, saysNothing } from '../../peers/scenarios.ts';
import { startSipp } from '../../peers/sipp.ts';
import { hearEachOther, type SipStage, startBehindPbx, startDirect, TRUNK_NUMBER } from './sip-stage.ts';

const NUMBER = '+442079460123';
const HALF_A_SESSION_MS = 900_000;
/** A dead phone is noticed after 64*T1. */
const GIVES_UP_AFTER_MS = 32_000;

const clock = createTestClock();
const stage = await startDirect({}, clock);
setT1(100); // for the whole process: a dead phone is noticed after 6.4 s

suite('lost phones', () => {
  after(() => assertWholeLives(stage.app));

  test('a caller’s phone that does not respond is a failure of the network, not a missing answer', async () => {
    const silent = await startSipp(saysNothing());
    const id = await stage.call(silent.uri(), TRUNK_NUMBER);
    assert.equal(inWords(await ending(stage.app, id)), 'failed: networkFailure, by carrier');
    await stage.nothingLeft();
  });

  test('a callee’s phone that does not listen is a failure of the network, and the caller’s gets BYE', async () => {
    const phone = await startSipp(answers());
    const id = await stage.call(phone.uri(), TRUNK_NUMBER);
    assert.equal(inWords(await ending(stage.app, id)), 'failed: networkFailure, by carrier');
    assert.equal(await phone.ended, 0, phone.messages());
    await stage.nothingLeft();
  });

  test('a phone that sends no final response to a cancelled INVITE is given up', async () => {
    const forgetful = await startSipp(forgetsTheCancelled());
    const id = await stage.call(forgetful.uri(), TRUNK_NUMBER);
    await until('it rings', () => forgetful.messages().includes('180 Ringing'));
    assert.equal(await stage.caller.end(stage.app, id), 204);
    assert.equal((await stage.app.sql('SELECT FROM carried_legs')).length, 1);
    await stage.nothingLeft(30);
  });

  /** The leg of a phone that is gone stays saved until the last attempt to end it. */
  async function givenUp(at: SipStage): Promise<void> {
    await until(
      'the other leg is deleted',
      async () => (await at.app.sql('SELECT FROM carried_legs')).length === 1,
    );
    await at.app.sql(`UPDATE calls SET ended_at = ended_at - interval '10 minutes'`);
    await at.nothingLeft(30);
    await at.app.sql(`UPDATE calls SET ended_at = ended_at + interval '10 minutes'`);
  }

  /** Advances the clock to the next refresh of the sessions. */
  async function killBeforeRefresh(phone: Phone, time: TestClock): Promise<void> {
    await until('they are connected', () => time.waiting() === 1);
    time.advance(HALF_A_SESSION_MS - GIVES_UP_AFTER_MS - 1);
    await phone.kill();
    time.advance(1);
  }

  test('a caller’s phone that dies during the call is noticed at the next refresh', async () => {
    const anna = await stage.startPhone({ name: 'anna' });
    const trunk = await startSipp(answers(), { port: stage.trunkPort });
    const id = await stage.call(anna.uri, TRUNK_NUMBER);
    await reached(stage.app, id, 'connected');
    await killBeforeRefresh(anna, clock);
    assert.equal(inWords(await ending(stage.app, id)), 'disconnected: networkFailure, by carrier');
    assert.equal(await trunk.ended, 0, trunk.messages());
    await givenUp(stage);
  });

  test('a callee’s phone that dies behind a PBX is noticed too', async () => {
    const time = createTestClock();
    const pbx = await startBehindPbx({}, time);
    const [anna, bert] = await Promise.all([
      pbx.startPhone({ name: 'anna' }),
      pbx.startPhone({ name: NUMBER }),
    ]);
    const id = await pbx.call(anna.uri, NUMBER);
    await reached(pbx.app, id, 'connected');
    await hearEachOther(anna, bert);
    await killBeforeRefresh(bert, time);
    assert.equal(inWords(await ending(pbx.app, id)), 'disconnected: networkFailure, by carrier');
    await anna.until('CALL_CLOSED');
    await givenUp(pbx);
  });

  test('a user with neither number nor address cannot be called', async () => {
    const [{ id: nodeId } = {}] = await stage.app.sql('SELECT id FROM nodes ORDER BY seen_at LIMIT 1');
    const userId = await insertUser(stage.app, 'nobody');
    const [id = ''] = await insertCalls(stage.app, userId, 1, { state: 'initiating', carrier: 'sip' });
    await stage.app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [nodeId, id]);
    assert.equal(inWords(await ending(stage.app, id)), 'failed: callerWrongNumber, by carrier');
  });
});
