import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SavedDialog, SavedLeg } from '../../../../src/carriers/sip/user-agent/saved-leg.ts';
import { until } from '../../../harness/until.ts';
import { startPhone } from '../../../peers/phone.ts';
import { rings } from '../../../peers/scenarios.ts';
import { startSipp } from '../../../peers/sipp.ts';
import { listen, prepare, startAgent, type TestAgent } from './stack-setup.ts';

/** As a row of the database brings it to another process. */
function carriedOver<T extends SavedLeg>(saved: T): T {
  return JSON.parse(JSON.stringify(saved)) as T;
}

async function confirmedLegOf(agent: TestAgent, uri: string): Promise<SavedDialog> {
  const { leg } = prepare(agent, uri);
  (await leg.call()).ack();
  const { saved } = leg;
  assert.equal(saved.phase, 'confirmed');
  return carriedOver(saved as SavedDialog);
}

for (const protocol of ['udp', 'tcp'] as const) {
  const settings = { listen: { protocol, host: '127.0.0.1', port: 0 } };

  test(`another process goes on with a call over ${protocol}: refreshes, is asked, and hangs up`, async () => {
    const phone = await startPhone({ name: 'alice', transport: protocol });
    const dead = await startAgent(settings);
    const saved = await confirmedLegOf(dead, phone.uri);
    await phone.until('CALL_ESTABLISHED');
    await dead.close();

    const next = await startAgent(settings);
    const { leg, reInvites, saved: told } = listen((events) => next.adoptLeg(saved, events));
    const refreshed = await leg.refresh();
    refreshed.ack();
    const sent = next.told.trace.find(({ message }) => message.startsWith('INVITE'))?.message ?? '';
    assert.ok(sent.includes(`Contact: <${next.contact}>`));
    assert.match(sent, new RegExp(`o=clicktocall ${saved.description.id} ${saved.description.version} `));
    assert.equal(told.length, 1, 'the sequence number has moved');

    await phone.hold();
    const [hold] = await until('a re-INVITE to the new Contact', () => reInvites.length > 0 && reInvites);
    await hold?.accept(refreshed.sdp ?? '');
    await leg.hangUp();
    await phone.until('CALL_CLOSED');
    assert.equal(next.status().dialogs, 0);
  });
}

test('another process hears that the phone hangs up', async () => {
  const phone = await startPhone({ name: 'alice' });
  const dead = await startAgent();
  const saved = await confirmedLegOf(dead, phone.uri);
  await phone.until('CALL_ESTABLISHED');
  await dead.close();
  const next = await startAgent();
  const { leg, ended } = listen((events) => next.adoptLeg(saved, events));
  (await leg.refresh()).ack();
  await phone.hangUp();
  await until('the end', () => ended.length === 1);
  assert.deepEqual(ended, ['bye']);
});

test('another process ends a call, and finds that one gone that was ended before', async () => {
  const phone = await startPhone({ name: 'alice' });
  const dead = await startAgent();
  const saved = await confirmedLegOf(dead, phone.uri);
  await dead.close();
  const next = await startAgent();
  await next.releaseLeg(saved);
  await phone.until('CALL_CLOSED');
  const unknown = { ...saved, callId: `${saved.callId}-ended` };
  await next.releaseLeg(unknown);
  assert.deepEqual(
    next.told.messages.filter((each) => each.startsWith('received')),
    ['received 200 BYE', 'received 481 BYE'],
  );
  const gone = listen((events) => next.adoptLeg(unknown, events));
  await assert.rejects(gone.leg.refresh(), { code: 481, local: false });
});

test('another process ends the ringing of a phone', async () => {
  const phone = await startPhone({ name: 'alice', autoAnswer: false });
  const dead = await startAgent();
  const { leg } = prepare(dead, phone.uri);
  leg.call().catch(() => {});
  await phone.until('CALL_INCOMING');
  await dead.close();
  const next = await startAgent();
  await next.releaseLeg(carriedOver(leg.saved));
  await phone.until('CALL_CLOSED');
});

test('the CANCEL of another process is that of the same transaction', async () => {
  const phone = await startSipp(rings());
  const dead = await startAgent();
  const { leg, ringing } = prepare(dead, phone.uri());
  leg.call().catch(() => {});
  await until('it rings', () => ringing.length > 0);
  await dead.close();
  // sipp answers to where the INVITE came from: nobody hears it there
  const next = await startAgent({}, { t1: 10 });
  await next.releaseLeg(carriedOver(leg.saved));
  const [invite = '', cancel = ''] = ['INVITE', 'CANCEL'].map(
    (method) => new RegExp(`${method} [\\s\\S]*?\\r?\\nVia: (.*)`).exec(phone.messages())?.[1],
  );
  assert.ok(invite !== '' && invite === cancel, `${invite} is not ${cancel}`);
});

test('a phone that rings nowhere any more cannot be told, and is not waited for', async () => {
  const agent = await startAgent({}, { t1: 10 });
  const { leg } = prepare(agent, 'sip:nobody@127.0.0.1:9');
  await agent.releaseLeg(carriedOver(leg.saved));
});
