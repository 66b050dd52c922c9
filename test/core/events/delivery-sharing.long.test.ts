import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import type { ClaimedDelivery } from '../../../src/core/events/deliveries/claim-store.ts';
import { seeded } from '../../harness/random.ts';
import { startClaims } from './claims.ts';
import { loseAttempts } from './events.ts';

const { sql, db, open, claim, claimOne, deliver, otherNode } = await startClaims();
beforeEach(() => sql('DELETE FROM deliveries'));

type Running = Pick<ClaimedDelivery, 'clientId' | 'destination'>;

const PLACES = 32;
const openMany = (count: number, clientId: string, sinkOf: (index: number) => string) =>
  Promise.all(Array.from({ length: count }, (_, index) => open(sinkOf(index), clientId)));
const oneHost = () => 'https://one.example/';
const ownHost = (index: number) => `https://h${index}.example/`;
const hostOf = ({ destination }: Running) => destination.split(' ')[0] ?? '';
const runningOf = (
  clientId: string,
  count: number,
  hostOfAttempt = (index: number) => `busy${index}.example`,
) =>
  Array.from({ length: count }, (_, index) => ({
    clientId,
    destination: `${hostOfAttempt(index)} https://${hostOfAttempt(index)}`,
  }));
/** How many of these there are of each, such as `{ a: 3 }`. */
function counts(claimed: readonly Running[], keyOf: (one: Running) => string = ({ clientId }) => clientId) {
  const groups = Object.groupBy(claimed, keyOf);
  return Object.fromEntries(Object.entries(groups).map(([key, of]) => [key, of?.length ?? 0]));
}

suite('a client', () => {
  test('gets at most half of the places of a node, however many hosts its sinks name', async () => {
    await openMany(40, 'a', ownHost);
    assert.equal((await claim()).length, 16);
    assert.equal((await claim({}, {}, otherNode)).length, 16); // the places of another node
  });

  test('gets no more than that beside another one with little to send', async () => {
    await openMany(40, 'a', ownHost);
    await open(oneHost(), 'b');
    assert.deepEqual(counts(await claim()), { a: 16, b: 1 });
  });

  test('gets at most eight attempts to one host, whichever ports, schemes and webhooks', async () => {
    await openMany(40, 'a', (index) => `https://one.example:${8000 + index}/`);
    assert.equal((await claim()).length, 8);
    assert.equal((await claim({}, {}, otherNode)).length, 0);
  });

  test('gets as many to a host whose name begins like that of another one', async () => {
    for (const host of ['one.example.org', 'one.example-2', 'one.example']) {
      await openMany(9, 'a', () => `https://${host}/`);
      assert.deepEqual(counts(await claim(), hostOf), { [host]: 8 });
    }
  });

  test('with fewer attempts gets the next place', async () => {
    await openMany(9, 'a', ownHost);
    await openMany(9, 'b', ownHost);
    await openMany(9, 'c', ownHost);
    const running = [...runningOf('a', 3), ...runningOf('b', 1), ...runningOf('x', 20)];
    assert.deepEqual(counts(await claim({ running })), { c: 1 }); // 25 run: the rest is for those without an attempt
    await loseAttempts(db);
    assert.deepEqual(counts(await claim({ running: running.slice(0, 10) })), { a: 3, b: 5, c: 6 });
  });

  test('without an attempt gets one of the last eight places, and no other client does', async () => {
    await openMany(20, 'a', ownHost);
    await openMany(20, 'b', ownHost);
    await openMany(20, 'c', ownHost);
    const running = [...runningOf('a', 12), ...runningOf('b', 12)];
    assert.deepEqual(counts(await claim({ running })), { c: 1 });
  });

  test('takes turns with the others, however many deliveries it has', async () => {
    await openMany(3, 'a', oneHost);
    await open(oneHost(), 'b');
    await open(oneHost(), 'c');
    const running = runningOf('x', 31);
    const turns = new Map<string, string>();
    const order: string[] = [];
    for (let claims = 0; claims < 5; claims++) {
      const claimed = await claimOne({ running, turns });
      turns.delete(claimed.clientId);
      turns.set(claimed.clientId, claimed.destination);
      order.push(claimed.clientId);
      await deliver(claimed);
    }
    assert.deepEqual(order, ['a', 'b', 'c', 'a', 'a']);
  });

  test('serves its destinations in turn, however many deliveries one of them has', async () => {
    for (const name of ['p', 'p', 'p', 'q', 'r']) await open(`https://${name}.example/`, 'a');
    const running = runningOf('x', 31);
    const turns = new Map<string, string>();
    const order: string[] = [];
    for (let claims = 0; claims < 5; claims++) {
      const claimed = await claimOne({ running, turns });
      turns.set(claimed.clientId, claimed.destination);
      order.push(hostOf(claimed).slice(0, 1));
      await deliver(claimed);
    }
    assert.deepEqual(order, ['p', 'q', 'r', 'p', 'p']);
  });
});

suite('a host that many clients use', () => {
  test('gets at most half of the places of a node', async () => {
    for (let client = 0; client < 30; client++) await openMany(2, `client${client}`, oneHost);
    assert.deepEqual(counts(await claim(), hostOf), { 'one.example': 16 });
  });

  test('keeps four of them for clients without an attempt to it', async () => {
    await openMany(20, 'a', oneHost);
    await openMany(20, 'b', oneHost);
    const claimed = await claim();
    assert.deepEqual(counts(claimed), { a: 6, b: 6 });
    await openMany(20, 'c', oneHost);
    assert.deepEqual(counts(await claim({ running: claimed })), { c: 1 });
  });

  test('leaves the other hosts of these clients their places', async () => {
    for (let client = 0; client < 20; client++) await openMany(2, `client${client}`, oneHost);
    await openMany(1, 'client19', () => 'https://zzz.example/');
    const claimed = await claim();
    assert.equal(counts(claimed, hostOf)['zzz.example'], 1);
  });
});

test('these rules hold for any clients and hosts', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let round = 0; round < 12; round++) {
    await sql('DELETE FROM deliveries');
    const clients = 1 + below(12);
    const hosts = 1 + below(8);
    const calls = Array.from(
      { length: 10 + below(50) },
      () => [`c${below(clients)}`, `h${below(hosts)}`] as const,
    );
    await Promise.all(calls.map(([clientId, host]) => open(`https://${host}.example/`, clientId)));
    const running: ClaimedDelivery[] = [];
    const said = () => `seed ${seed}, round ${round}: ${JSON.stringify(counts(running))}`;
    for (let step = 0; step < 6; step++) {
      const before = [...running];
      const claimed = await claim({ running: before });
      running.push(...claimed);
      checkShares(running, before, said());
      assert.deepEqual(await claim({ running }), [], `${said()}: a claim leaves nothing that it may take`);
      for (let ended = below(running.length + 1); ended > 0; ended--) {
        const [done] = running.splice(below(running.length), 1);
        if (done) await deliver(done);
      }
    }
  }
});

function checkShares(running: readonly Running[], before: readonly Running[], said: string): void {
  assert.ok(running.length <= PLACES, said);
  const ofClient = counts(running);
  for (const [client, count] of Object.entries(ofClient))
    assert.ok(count <= PLACES / 2, `${said}: ${client}`);
  for (const count of Object.values(counts(running, hostOf))) assert.ok(count <= PLACES / 2, said);
  const receiver = (one: Running) => `${one.clientId} ${hostOf(one)}`;
  for (const count of Object.values(counts(running, receiver))) assert.ok(count <= 8, said);
  const late = running.slice(Math.max(before.length, (PLACES * 3) / 4));
  for (const { clientId } of late) assert.ok(!before.some((one) => one.clientId === clientId), said);
}
