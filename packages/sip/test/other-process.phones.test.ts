import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { startPhone } from '../../../test/peers/phone.ts';
import { rings } from '../../../test/peers/scenarios.ts';
import { startSipp } from '../../../test/peers/sipp.ts';
import type { SavedDialog, SavedLeg } from '../src/user-agent/saved-leg.ts';
import { observe, prepare, startAgent, type TestAgent } from './test-agent.ts';

/** As another process reads it from the database. */
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

  test(`another process continues a call over ${protocol}: refreshes, answers, hangs up`, async () => {
    const phone = await startPhone({ name: 'alice', transport: protocol });
    const dead = await startAgent(settings);
    const saved = await confirmedLegOf(dead, phone.uri);
    await phone.until('CALL_ESTABLISHED');
    await dead.close();

    const next = await startAgent(settings);
    const { leg, reInvites, saved: reported } = observe((events) => next.adoptLeg(saved, events));
    const refreshed = await leg.refresh();
    refreshed.ack();
    const sent = next.recorded.trace.find(({ message }) => message.startsWith('INVITE'))?.message ?? '';
    assert.ok(sent.includes(`Contact: <${next.contact}>`));
    assert.match(sent, new RegExp(`o=clicktocall ${saved.description.id} ${saved.description.version} `));
    assert.equal(reported.length, 1, 'the sequence number changed');

    await phone.hold();
    const [hold] = await until('a re-INVITE to the new Contact', () => reInvites.length > 0 && reInvites);
    await hold?.accept(refreshed.sdp ?? '');
    await leg.hangUp();
    await phone.until('CALL_CLOSED');
    assert.equal(next.status().dialogs, 0);
  });
}

test('another process sees the phone hang up', async () => {
  const phone = await startPhone({ name: 'alice' });
  const dead = await startAgent();
  const saved = await confirmedLegOf(dead, phone.uri);
  await phone.until('CALL_ESTABLISHED');
  await dead.close();
  const next = await startAgent();
  const { leg, ended } = observe((events) => next.adoptLeg(saved, events));
  (await leg.refresh()).ack();
  await phone.hangUp();
  await until('the end', () => ended.length === 1);
  assert.deepEqual(ended, ['bye']);
});

test('another process ends a call, also one that has ended before', async () => {
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
    next.recorded.messages.filter((each) => each.startsWith('received')),
    ['received 200 BYE', 'received 481 BYE'],
  );
  const gone = observe((events) => next.adoptLeg(unknown, events));
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

test('the CANCEL of another process has the same transaction', async () => {
  const phone = await startSipp(rings());
  const dead = await startAgent();
  const { leg, ringing } = prepare(dead, phone.uri());
  leg.call().catch(() => {});
  await until('it rings', () => ringing.length > 0);
  await dead.close();
  // sipp answers to where the INVITE came from, where nothing listens
  const next = await startAgent({}, { t1: 10 });
  await next.releaseLeg(carriedOver(leg.saved));
  const [invite = '', cancel = ''] = ['INVITE', 'CANCEL'].map(
    (method) => new RegExp(`${method} [\\s\\S]*?\\r?\\nVia: (.*)`).exec(phone.messages())?.[1],
  );
  assert.ok(invite !== '' && invite === cancel, `${invite} is not ${cancel}`);
});

test('a phone that does not listen any more is given up at once', async () => {
  const agent = await startAgent({}, { t1: 10 });
  const { leg } = prepare(agent, 'sip:nobody@127.0.0.1:9');
  await agent.releaseLeg(carriedOver(leg.saved));
});
