import assert from 'node:assert/strict';
import { setServers } from 'node:dns/promises';
import { before, test } from 'node:test';
import { startDnsResponder } from '../../../test/harness/dns-responder.ts';
import { RawPhone } from '../../../test/peers/raw-phone.ts';
import { Locator } from '../src/transport/locator.ts';
import { prepare, startAgent } from './test-agent.ts';

const at = (priority: number, weight: number, port: number, target = 'localhost') => ({
  priority,
  weight,
  port,
  target,
});

let working: RawPhone;

before(async () => {
  working = await RawPhone.start();
  const port = Number(/\d+$/.exec(working.uri)?.[0]);
  const records = {
    '_sip._udp.pbx.test': [at(2, 100, 5062), at(1, 90, 5060), at(1, 10, 5061)],
    '_sips._tcp.pbx.test': [at(1, 0, 5071)],
    '_sip._udp.closed.test': [at(0, 0, 0, '.')],
    '_sip._udp.lost.test': [at(0, 0, 5060, 'no-such-host.invalid')],
    '_sip._udp.half.test': [at(1, 0, 9), at(2, 0, port)],
  };
  setServers([(await startDnsResponder(new Map(Object.entries(records)))).server]);
});

async function portsOf(locator: Locator, host: string, branch = 'z9hG4bK1', port?: number) {
  return (await locator.locate({ host, port }, branch)).map((target) => target.port);
}

test('servers are tried by priority, and among equals by weight', async () => {
  const locator = new Locator('udp', 4);
  const first = new Map<number, number>();
  for (let index = 0; index < 400; index++) {
    const ports = await portsOf(locator, 'pbx.test', `z9hG4bK${index}`);
    assert.deepEqual(ports.toSorted(), [5060, 5061, 5062]);
    assert.equal(ports[2], 5062);
    first.set(ports[0] ?? 0, (first.get(ports[0] ?? 0) ?? 0) + 1);
  }
  const share = (first.get(5060) ?? 0) / 400;
  assert.ok(share > 0.82 && share < 0.97, `${share} instead of 0.9`);
});

test('a leg keeps its server, on every node', async () => {
  for (const branch of ['z9hG4bKa', 'z9hG4bKb', 'z9hG4bKc']) {
    const [one, other] = [new Locator('udp', 4), new Locator('udp', 4)];
    assert.deepEqual(await portsOf(one, 'pbx.test', branch), await portsOf(other, 'pbx.test', branch));
  }
});

test('each protocol has its own records', async () => {
  assert.deepEqual(await portsOf(new Locator('tls', 4), 'pbx.test'), [5071]);
});

test('a certificate is checked for the name that was looked up', async () => {
  const [target] = await new Locator('tls', 4).locate({ host: 'pbx.test', port: undefined }, 'z9hG4bK1');
  assert.deepEqual(target, { address: '127.0.0.1', port: 5071, name: 'pbx.test' });
});

test('without records, or with a port, the address of the name is used', async () => {
  assert.deepEqual(await portsOf(new Locator('udp', 4), 'localhost'), [5060]);
  assert.deepEqual(await portsOf(new Locator('tls', 4), 'localhost'), [5061]);
  assert.deepEqual(await portsOf(new Locator('udp', 4), 'localhost', 'z9hG4bK1', 5099), [5099]);
});

test('a server that does not work comes last, until it works again', async () => {
  const locator = new Locator('udp', 4);
  const [best] = await locator.locate({ host: 'pbx.test', port: undefined }, 'z9hG4bK1');
  assert.ok(best);
  locator.skip(best, 60_000);
  assert.equal((await portsOf(locator, 'pbx.test')).at(-1), best.port);
  locator.restore(best);
  assert.equal((await portsOf(locator, 'pbx.test'))[0], best.port);
});

for (const [host, why] of [
  ['closed.test', /^closed\.test offers no SIP by udp$/],
  ['lost.test', /^no server of lost\.test has an address$/],
  ['no-such-host.invalid', /^no-such-host\.invalid has no address: \w+$/],
] as const) {
  test(`${host} cannot be located: ${why.source}`, async () => {
    await assert.rejects(portsOf(new Locator('udp', 4), host), { message: why });
    const agent = await startAgent();
    await assert.rejects(prepare(agent, `sip:ann@${host}`).leg.call(), {
      code: 503,
      local: true,
      reason: why,
    });
  });
}

test('if the first server does not listen, the second one gets the INVITE', async () => {
  const agent = await startAgent({}, { t1: 20 });
  const called = prepare(agent, 'sip:ann@half.test').leg.call();
  working.respond(await working.next('INVITE'), '486 Busy Here');
  await assert.rejects(called, { code: 486, local: false });
});
