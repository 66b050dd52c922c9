import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificate } from './certificate.ts';
import { startKamailio } from './kamailio.ts';
import { passwordOf } from './kamailio-config.ts';
import { type Phone, startPhone } from './phone.ts';
import { answers, hangsUpAfter, refuses, rings } from './scenarios.ts';
import { startSipp } from './sipp.ts';

const ALICE = { name: 'alice', tone: 440 };
const BOB = { name: 'bob', tone: 1000 };

for (const transport of ['udp', 'tcp', 'tls'] as const) {
  test(`two phones that call each other over ${transport} hear each other`, async () => {
    const certificate = makeCertificate();
    const [alice, bob] = await Promise.all([
      startPhone({ ...ALICE, transport, certificate }),
      startPhone({ ...BOB, transport, certificate }),
    ]);
    await talk(alice, bob);
  });

  test(`phones registered at Kamailio over ${transport} hear each other`, async () => {
    const kamailio = await startKamailio();
    const registrar = transport === 'tls' ? kamailio.tlsAddress : kamailio.address;
    const start = (phone: typeof ALICE) =>
      startPhone({
        ...phone,
        transport,
        registrar,
        password: passwordOf(phone.name),
        certificate: kamailio.certificate,
      });
    const [alice, bob] = await Promise.all([start(ALICE), start(BOB)]);
    assert.deepEqual([kamailio.registrations('alice'), kamailio.registrations('bob')], [1, 1]);
    await talk(alice, bob);
  });
}

test('a phone with a wrong password does not start', async () => {
  const { address } = await startKamailio();
  await assert.rejects(
    startPhone({ ...ALICE, registrar: address, password: 'wrong' }),
    /baresip did not start.*401/s,
  );
});

test('sipp refuses, rings, answers and hangs up as its script says', async () => {
  const alice = await startPhone(ALICE);
  const closed = async (count: number) => (await alice.until('CALL_CLOSED', count)).param;

  const busy = await startSipp(refuses(486, 'Busy Here'));
  await alice.dial(busy.uri('+390698765432'));
  assert.equal(await closed(1), '486 Busy Here');
  assert.equal(await busy.ended, 0);
  assert.match(busy.messages(), /INVITE sip:\+390698765432@/);

  const ringing = await startSipp(rings());
  await alice.dial(ringing.uri());
  await alice.until('CALL_RINGING', 2);
  await alice.hangUp();
  assert.equal(await ringing.ended, 0, ringing.messages());

  const answering = await startSipp(answers(), { transport: 'tcp' });
  await alice.dial(answering.uri());
  await alice.until('CALL_ESTABLISHED');
  await alice.hold();
  await alice.hangUp();
  assert.equal(await answering.ended, 0, answering.messages());

  const leaving = await startSipp(hangsUpAfter(300));
  await alice.dial(leaving.uri());
  assert.equal(await leaving.ended, 0, leaving.messages());
  assert.match((await closed(4)) ?? '', /reset by peer/);
});

/** Lets one call the other, and measures what each hears. */
async function talk(alice: Phone, bob: Phone): Promise<void> {
  await alice.dial(bob.uri);
  await Promise.all([alice.until('CALL_ESTABLISHED'), bob.until('CALL_ESTABLISHED')]);
  await sleep(1500);
  const during = await alice.rtp();
  await alice.hangUp();
  await bob.until('CALL_CLOSED');
  await sleep(200);

  assert.ok(Math.abs(alice.heard() - 1000) < 30, `alice heard ${alice.heard()} Hz`);
  assert.ok(Math.abs(bob.heard() - 440) < 20, `bob heard ${bob.heard()} Hz`);
  for (const { sent, received } of [during, await alice.rtp(), await bob.rtp()]) {
    assert.ok(sent > 40 && received > 40, `${sent} packets sent, ${received} received`);
  }
}
