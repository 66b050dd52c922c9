import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificate } from './certificate.ts';
import { startPhone } from './phone.ts';

const ALICE = { name: 'alice', tone: 440 };
const BOB = { name: 'bob', tone: 1000 };

for (const transport of ['udp', 'tcp', 'tls'] as const) {
  test(`two phones that call each other over ${transport} hear each other`, async () => {
    const certificate = makeCertificate();
    const [alice, bob] = await Promise.all([
      startPhone({ ...ALICE, transport, certificate }),
      startPhone({ ...BOB, transport, certificate }),
    ]);
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
  });
}
