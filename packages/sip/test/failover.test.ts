import assert from 'node:assert/strict';
import { setServers } from 'node:dns/promises';
import { test } from 'node:test';
import { startDnsResponder } from '../../../test/harness/dns-responder.ts';
import { until } from '../../../test/harness/until.ts';
import { field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import type { SavedLeg } from '../src/user-agent/saved-leg.ts';
import { T1 } from './raw-calls.ts';
import { CALLER, type ObservedLeg, OFFER, prepare, startAgent, type TestAgent } from './test-agent.ts';

const records = new Map<string, { priority: number; weight: number; port: number; target: string }[]>();
setServers([(await startDnsResponder(records)).server]);

const portOf = (uri: string) => Number(/:(\d+)$/.exec(uri)?.[1]);

/** A trunk with its own name and servers, which are tried in this order. */
async function startTrunk(servers = 2): Promise<{ uri: string; servers: RawPhone[] }> {
  const phones = await Promise.all(Array.from({ length: servers }, () => RawPhone.start()));
  const name = `trunk${records.size}.test`;
  records.set(
    `_sip._udp.${name}`,
    phones.map(({ uri }, index) => ({ priority: index, weight: 0, port: portOf(uri), target: 'localhost' })),
  );
  return { uri: `sip:+12025550101@${name}`, servers: phones };
}

/** A call to a trunk whose first server has the INVITE. */
async function callTrunk(config: Parameters<typeof startAgent>[0] = {}) {
  const [agent, trunk] = [await startAgent(config, { t1: T1 }), await startTrunk()];
  const [first, second] = trunk.servers as [RawPhone, RawPhone];
  return { agent, trunk, first, second, ...(await call(agent, trunk.uri, first)) };
}

async function call(agent: TestAgent, uri: string, first: RawPhone) {
  const leg = prepare(agent, uri);
  const answered = leg.leg.call();
  answered.catch(() => {});
  return { ...leg, answered, invite: await first.next('INVITE') };
}

async function answer(phone: RawPhone, answered: Promise<{ ack(): void }>): Promise<string> {
  const invite = await phone.next('INVITE');
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  (await answered).ack();
  await phone.next('ACK');
  return invite;
}

function branchOf(message: string): string | undefined {
  return /branch=([^;\s]+)/.exec(field(message, 'Via'))?.[1];
}

const idsOf = ({ saved }: Pick<ObservedLeg, 'saved'>) => [...new Set(saved.map(({ id }) => id))];

test('a server that answers 503 is followed by the next one at once, in another transaction', async () => {
  const { first, second, invite, answered, ...leg } = await callTrunk();
  const refused = performance.now();
  first.respond(invite, '503 Service Unavailable');
  const next = await answer(second, answered);
  assert.ok(performance.now() - refused < 64 * T1, 'not a timeout');
  assert.equal(field(next, 'Call-ID'), field(invite, 'Call-ID'));
  assert.notEqual(branchOf(next), branchOf(invite));
  const [before, after] = idsOf(leg);
  assert.notEqual(before, after);
  await until('the record of the first attempt is not needed', () => leg.forgotten.includes(before ?? ''));
  assert.equal(leg.leg.saved.id, after);
});

test('if all servers answer 503, the call fails with 503', async () => {
  const { first, second, invite, answered } = await callTrunk();
  first.respond(invite, '503 Service Unavailable');
  second.respond(await second.next('INVITE'), '503 Service Unavailable');
  await assert.rejects(answered, { code: 503, local: false });
});

test('a server that asks not to be used for some time is not the first any more', async () => {
  const { agent, trunk, first, second, invite, answered } = await callTrunk();
  first.respond(invite, '503 Service Unavailable', { headers: ['Retry-After: 60'] });
  await answer(second, answered);
  const again = await call(agent, trunk.uri, second);
  second.respond(again.invite, '486 Busy Here');
  await assert.rejects(again.answered, { code: 486 });
  assert.equal(first.received.filter((raw) => raw.startsWith('INVITE')).length, 1);
});

test('a phone that is busy is not called by the other server', async () => {
  const { first, second, invite, answered } = await callTrunk();
  first.respond(invite, '486 Busy Here');
  await assert.rejects(answered, { code: 486 });
  assert.deepEqual(second.received, []);
});

test('a server that responds, however slowly the phone answers, keeps the call', async () => {
  const { first, second, invite, answered } = await callTrunk();
  first.respond(invite, '100 Trying');
  await new Promise((resolve) => setTimeout(resolve, 8 * T1));
  first.respond(invite, '200 OK', { sdp: PHONE_SDP });
  (await answered).ack();
  assert.deepEqual(second.received, []);
});

for (const [response, expected] of [
  ['180 Ringing', ['CANCEL']],
  ['200 OK', ['ACK', 'BYE']],
] as const) {
  test(`a silent server is followed by the next one; its late ${response} gets ${expected.join(' and ')}`, async () => {
    const { first, second, invite, answered, leg, ended } = await callTrunk();
    await answer(second, answered);
    first.respond(invite, response, response.startsWith('200') ? { sdp: PHONE_SDP, tag: 'late' } : {});
    for (const method of expected) {
      const request = await first.next(method);
      if (method !== 'ACK') first.respond(request, '200 OK');
    }
    if (response.startsWith('180')) first.respond(invite, '487 Request Terminated');
    const over = leg.hangUp();
    second.respond(await second.next('BYE'), '200 OK');
    assert.equal(await over, true);
    assert.deepEqual(ended, []);
  });
}

test('a phone that answers on both ways is in one call: the second way gets ACK and BYE', async () => {
  const { first, second, invite, answered, agent } = await callTrunk();
  const other = await second.next('INVITE');
  first.respond(invite, '200 OK', { sdp: PHONE_SDP, tag: 'one' });
  first.respond(await first.next('BYE'), '200 OK');
  second.respond(other, '200 OK', { sdp: PHONE_SDP, tag: 'two' });
  (await answered).ack();
  await second.next('ACK');
  await until('one dialog', () => agent.status().dialogs === 1);
  assert.equal(
    second.received.some((raw) => raw.startsWith('BYE')),
    false,
  );
});

test('hanging up ends the attempts at all servers', async () => {
  const { first, second, invite, answered, leg } = await callTrunk();
  second.respond(await second.next('INVITE'), '180 Ringing');
  first.respond(invite, '180 Ringing');
  first.respond(await first.next('CANCEL'), '200 OK');
  first.respond(invite, '487 Request Terminated');
  const over = leg.hangUp();
  const cancel = await second.next('CANCEL');
  second.respond(cancel, '200 OK');
  second.respond(second.received.find((raw) => raw.startsWith('INVITE')) ?? '', '487 Request Terminated');
  await assert.rejects(answered, { code: 487 });
  assert.equal(await over, true);
});

test('after hanging up, a 503 brings no further INVITE', async () => {
  const { first, second, invite, answered, leg } = await callTrunk();
  first.respond(invite, '100 Trying');
  const over = leg.hangUp();
  await first.next('CANCEL');
  first.respond(invite, '503 Service Unavailable');
  await assert.rejects(answered, { code: 503 });
  await over;
  assert.deepEqual(second.received, []);
});

test('each attempt is stored before it is sent', async () => {
  const [agent, trunk] = [await startAgent({}, { t1: T1 }), await startTrunk()];
  const [first, second] = trunk.servers as [RawPhone, RawPhone];
  const stored: { readonly saved: SavedLeg; readonly done: (stored: boolean) => void }[] = [];
  const leg = agent.prepareLeg(
    { to: trunk.uri, from: CALLER, offer: OFFER, headers: [] },
    {
      ...{ ringing() {}, earlyMedia() {}, reInvite() {}, info() {}, ended() {}, forgotten() {} },
      changed: (saved) => new Promise((done) => stored.push({ saved, done })),
    },
  );
  const answered = leg.call();
  answered.catch(() => {});
  for (const [index, phone] of [first, second].entries()) {
    const { saved, done } = await until('a record', () => stored[index]);
    assert.deepEqual(phone.received, []);
    assert.ok(saved.phase === 'calling');
    done(true);
    const invite = await phone.next('INVITE');
    assert.ok(saved.tries.some(({ branch }) => branch === branchOf(invite)));
    assert.equal(saved.server?.port, portOf(phone.uri));
    if (phone === first) first.respond(invite, '503 Service Unavailable');
  }
});

test('an attempt that cannot be stored is not sent', async () => {
  const [agent, trunk] = [await startAgent({}, { t1: T1 }), await startTrunk()];
  const leg = agent.prepareLeg(
    { to: trunk.uri, from: CALLER, offer: OFFER, headers: [] },
    {
      ...{ ringing() {}, earlyMedia() {}, reInvite() {}, info() {}, ended() {}, forgotten() {} },
      changed: async () => false,
    },
  );
  await assert.rejects(leg.call(), { code: 500, local: true });
  assert.equal(await leg.hangUp(), true);
  assert.deepEqual(
    trunk.servers.flatMap((phone) => phone.received),
    [],
  );
});

test('after a crash, another process at the same address ends each attempt, and a late answer', async () => {
  const dead = await callTrunk();
  const { first, second, invite } = dead;
  const next = await second.next('INVITE');
  const [one, two] = idsOf(dead).map((id) => dead.saved.findLast((each) => each.id === id));
  const { contact } = dead.agent;
  await dead.agent.close();
  const listen = { protocol: 'udp', host: '127.0.0.1', port: portOf(contact) } as const;
  const process = await startAgent({ listen }, { t1: T1 });
  const over = [one, two].map((saved) => process.releaseLeg(JSON.parse(JSON.stringify(saved)) as SavedLeg));

  const cancel = await second.next('CANCEL');
  assert.equal(branchOf(cancel), branchOf(next));
  second.respond(cancel, '200 OK');
  assert.equal(branchOf(await first.next('CANCEL')), branchOf(invite));
  first.respond(invite, '200 OK', { sdp: PHONE_SDP, tag: 'late' });
  await first.next('ACK');
  const bye = await first.next('BYE');
  assert.match(field(bye, 'To'), /tag=late/);
  first.respond(bye, '200 OK');
  first.respond(first.received.find((raw) => raw.startsWith('CANCEL')) ?? '', '481 Call Does Not Exist');
  assert.deepEqual(await Promise.all(over), [true, true]);
  first.respond(invite, '200 OK', { sdp: PHONE_SDP, tag: 'late' });
  await until('another ACK', () => first.received.filter((raw) => raw.startsWith('ACK')).length === 2);
  assert.equal(process.status().dialogs, 0);
});

test('a silent server is skipped until it answers a probe', async () => {
  const { agent, trunk, first, second, answered } = await callTrunk();
  await answer(second, answered);
  const again = await call(agent, trunk.uri, second);
  second.respond(again.invite, '486 Busy Here');
  await assert.rejects(again.answered, { code: 486 });
  assert.equal(new Set(first.received.filter((raw) => raw.startsWith('INVITE'))).size, 1);
  assert.equal(agent.recorded.warnings.length, 1);
  first.respond(await first.next('OPTIONS'), '405 Method Not Allowed');
  await until('the answer to the probe', () => agent.recorded.messages.includes('received 405 OPTIONS'));
  const before = second.received.length;
  const restored = await call(agent, trunk.uri, first);
  first.respond(restored.invite, '486 Busy Here');
  await assert.rejects(restored.answered, { code: 486 });
  assert.equal(second.received.length, before, 'the other server is not asked first');
});

test('a probe that is answered with 503 is repeated', async () => {
  const { first, second, answered } = await callTrunk();
  await answer(second, answered);
  const probe = await first.next('OPTIONS');
  first.respond(probe, '503 Service Unavailable');
  const next = await until('another probe', () =>
    first.received.find((raw) => raw.startsWith('OPTIONS') && branchOf(raw) !== branchOf(probe)),
  );
  first.respond(next, '200 OK');
});

test('other requests also go to the next server after 503, and after silence', async () => {
  const trunk = await startTrunk(3);
  const [silent, unavailable, working] = trunk.servers as [RawPhone, RawPhone, RawPhone];
  const registrar = trunk.uri.replace(/^sip:.*@/, 'sip:');
  const agent = await startAgent({ registrar, username: 'a', password: 'b' }, { t1: T1 });
  await silent.next('REGISTER');
  unavailable.respond(await unavailable.next('REGISTER'), '503 Service Unavailable');
  working.respond(await working.next('REGISTER'), '200 OK', { headers: ['Expires: 600'] });
  await until('it is registered', () => agent.status().registration === 'registered');
  assert.deepEqual(agent.recorded.failures, []);
});
