import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { ending, inWords, reached, statesOf } from '../../core/calls/lives.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { freePort } from '../../harness/free-port.ts';
import { until } from '../../harness/until.ts';
import { type Asterisk, startAsterisk } from '../../peers/asterisk.ts';
import { sipEndpoint } from '../../peers/asterisk-files.ts';
import { noAsterisk } from '../../peers/asterisk-place.ts';
import { startPhone } from '../../peers/phone.ts';
import { hangsUpAfter, refuses, refusesAtOnce, rings, saysNothing } from '../../peers/scenarios.ts';
import { startSipp } from '../../peers/sipp.ts';
import { addCaller } from '../caller.ts';
import { strengthOf } from './sound.ts';

const [ALICE, BOB] = [440, 1000];
/** What two tones of 440 and 480 Hz are together. */
const RINGBACK = 460;
const CALLEE = '+442079460700';
const AUDIBLE = 1000;

if (noAsterisk) suite('phones over Asterisk', { skip: noAsterisk });
else suite('phones over Asterisk', phones);

async function silence(asterisk: Asterisk): Promise<void> {
  await until('nothing is left in Asterisk', async () => {
    const left = await Promise.all(['/channels', '/bridges'].map((path) => asterisk.ask<[]>('GET', path)));
    return left.flat().length === 0;
  });
}

async function phones(): Promise<void> {
  const trunk = await freePort();
  const [alice, bob] = await Promise.all([
    startPhone({ name: 'alice', tone: ALICE }),
    startPhone({ name: 'bob', tone: BOB, autoAnswer: false }),
  ]);
  const asterisk = await startAsterisk({
    endpoints: [
      sipEndpoint('alice', alice.uri),
      sipEndpoint('bob', bob.uri),
      sipEndpoint('carol', undefined),
      sipEndpoint('trunk', `sip:127.0.0.1:${trunk}`),
    ].join(''),
  });
  const env = { ...asterisk.env('phones'), ARI_CALLER_ENDPOINT: 'PJSIP/alice' };
  const app = await startApp({ ...env, ARI_CALLEE_ENDPOINT: 'PJSIP/bob' });
  const overTrunk = await startNode(app, { ...env, ARI_CALLEE_ENDPOINT: 'PJSIP/{number}@trunk' });
  const caller = await addCaller(app, 'caller');
  let calls = 0;

  async function ring(recordingEnabled = false): Promise<string> {
    const id = await caller.open(app, CALLEE, { recordingEnabled });
    calls++;
    await bob.until('CALL_INCOMING', calls);
    return id;
  }

  async function talk(): Promise<string> {
    const id = await ring();
    await bob.answer();
    await reached(app, id, 'connected');
    return id;
  }

  test('show the other party, and get ringing and audio', async () => {
    const id = await ring(true);
    assert.match(String((await alice.until('CALL_ESTABLISHED')).peeruri), /^sip:\+442079460700@/);
    assert.match(String(bob.events[0]?.peeruri), /^sip:\+447700900000@/);
    await alice.hears(RINGBACK);
    await bob.answer();
    await reached(app, id, 'connected');
    await alice.hears(BOB);
    await bob.hears(ALICE);
    for (const phone of [alice, bob]) {
      await until(`${phone.name} has sent and received for a second`, async () => {
        const { sent, received } = await phone.rtp();
        return sent > 50 && received > 50;
      });
    }
    assert.equal(await caller.end(app, id), 204);
    await Promise.all([alice.until('CALL_CLOSED', calls), bob.until('CALL_CLOSED', calls)]);
    await silence(asterisk);

    const { headers, content: wav } = await caller.recording(app, id);
    assert.equal(headers.get('content-type'), 'audio/wav');
    assert.ok(
      strengthOf(ALICE, wav) > AUDIBLE && strengthOf(BOB, wav) > AUDIBLE,
      'both are in the recording',
    );
    assert.ok(strengthOf(700, wav) < AUDIBLE / 10, 'nothing else is');
    assert.deepEqual(wav, readFileSync(asterisk.recordingFile(`phones-${id}`)));
  });

  for (const phone of [alice, bob]) {
    test(`stop when ${phone.name} hangs up`, async () => {
      const id = await talk();
      await phone.hangUp();
      assert.equal(inWords(await ending(app, id)), 'disconnected: hangUp, by carrier');
      await Promise.all([alice.until('CALL_CLOSED', calls), bob.until('CALL_CLOSED', calls)]);
      await silence(asterisk);
    });
  }

  test('stop when the caller hangs up while the callee rings', async () => {
    const id = await ring();
    await alice.hangUp();
    assert.equal(inWords(await ending(app, id)), 'disconnected: callerAbandon, by carrier');
    await bob.until('CALL_CLOSED', calls);
    await silence(asterisk);
  });

  test('stop when the callee rejects', async () => {
    const id = await ring();
    await bob.hangUp();
    assert.equal(inWords(await ending(app, id)), 'disconnected: calleeBusy, by carrier');
    await alice.until('CALL_CLOSED', calls);
    await silence(asterisk);
  });

  for (const [scenario, as, status] of [
    [refuses(486, 'Busy Here'), 'disconnected: calleeBusy', 486],
    [refuses(600, 'Busy Everywhere'), 'disconnected: calleeBusy', 600],
    [refuses(603, 'Decline'), 'failed: calleeDeclined', 603],
    [refuses(403, 'Forbidden'), 'failed: calleeForbidden', 403],
    [refuses(480, 'Temporarily Unavailable'), 'failed: calleeNoAnswer', 480],
    [refusesAtOnce(480, 'Temporarily Unavailable'), 'failed: calleeNotRegistered', 480],
    [refuses(404, 'Not Found'), 'failed: calleeWrongNumber', 404],
    [refuses(484, 'Address Incomplete'), 'failed: calleeWrongNumber', 484],
    [refuses(604, 'Does Not Exist Anywhere'), 'failed: calleeWrongNumber', 604],
    [refuses(488, 'Not Acceptable Here'), 'failed: noCommonMedia', 488],
    [refuses(503, 'Service Unavailable'), 'failed: networkFailure', 503],
    [refuses(420, 'Bad Extension'), 'failed: calleeFailure', 420],
    [rings(), 'failed: calleeNoAnswer', null],
    [saysNothing(), 'failed: calleeNoAnswer', null],
    [hangsUpAfter(300), 'disconnected: hangUp', null],
  ] as const) {
    test(`a trunk that ${scenario.name}: ${as}`, async () => {
      const sipp = await startSipp(scenario, { port: trunk });
      const id = await caller.open(overTrunk, '+442079460800', { ringTimeout: 1 });
      assert.equal(inWords(await ending(app, id)), `${as}, by carrier`);
      const [cause] = await app.sql('SELECT cause_leg, sip_status FROM calls WHERE id = $1', [id]);
      assert.deepEqual(cause, { cause_leg: 'callee', sip_status: status });
      assert.match(sipp.messages(), /INVITE sip:\+442079460800@/);
      if (scenario.name !== saysNothing().name) assert.equal(await sipp.ended, 0);
      await sipp.stop();
      await silence(asterisk);
      assert.equal((await statesOf(app, id)).includes('callingCallee'), true);
    });
  }

  for (const [leg, reason] of [
    ['caller', 'callerNotRegistered'],
    ['callee', 'calleeNotRegistered'],
  ] as const) {
    test(`a ${leg} that is not registered: failed: ${reason}`, async () => {
      const endpoint = `ARI_${leg.toUpperCase()}_ENDPOINT`;
      const node = await startNode(app, {
        ...env,
        ARI_CALLEE_ENDPOINT: 'PJSIP/bob',
        [endpoint]: 'PJSIP/carol',
      });
      const id = await caller.open(node, CALLEE);
      assert.equal(inWords(await ending(app, id)), `failed: ${reason}, by carrier`);
      await silence(asterisk);
    });
  }

  test('an unknown endpoint: failed: calleeFailure', async () => {
    const node = await startNode(app, { ...env, ARI_CALLEE_ENDPOINT: 'PJSIP/nobody' });
    const id = await caller.open(node, CALLEE);
    assert.equal(inWords(await ending(app, id)), 'failed: calleeFailure, by carrier');
    await silence(asterisk);
  });
}
