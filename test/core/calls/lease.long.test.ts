import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp } from '../../harness/app.ts';
import { renewCall } from '../../web/api/call.ts';
import { openCall } from '../../web/classic/call.ts';
import { assertWholeLives, ending, eventsOf, inWords } from './lives.ts';
import { connect, insertToken, insertUser, SWEEP } from './rows.ts';

const LEASE = 2;
const ROUNDS = 40;

const app = await startApp({ SESSION_LEASE: String(LEASE) });
await app.clients.registerDemoClient({ name: 'Somebody', redirectUris: [`${app.url}/test`] }, 'somebody');
const token = await insertToken(app, await insertUser(app, 'anna'), 'somebody');

const renew = (id: string) => renewCall(app, token, id);

/** Seconds until the deadline. */
async function remaining(id: string): Promise<number> {
  const [row] = await app.sql<{ seconds: number }>(
    'SELECT extract(epoch FROM deadline_at - clock_timestamp())::float AS seconds FROM calls WHERE id = $1',
    [id],
  );
  return row?.seconds ?? Number.NaN;
}

suite('with a lease', { concurrency: true }, () => {
  test('a call that is not renewed is ended by the sweep', async () => {
    const id = await openCall(app, token);
    const { connectedAt, endedAt } = await ending(app, id);
    const seconds = (Number(endedAt) - Number(connectedAt)) / 1000;
    assert.ok(seconds >= LEASE && seconds < LEASE + 10, `after ${seconds} s`);
    assert.deepEqual((await eventsOf(app, id)).map(inWords), [
      'connected',
      'disconnected: other, by sweeper',
    ]);
    assert.equal((await renew(id)).status, 409);
  });

  test('a renewed call lasts longer than its lease', async () => {
    const id = await openCall(app, token);
    for (let renewal = 0; renewal < 6; renewal++) {
      await sleep(500); // it is time itself that must not end it
      assert.equal((await renew(id)).status, 200);
    }
    assert.equal((await ending(app, id)).endedBy, 'sweeper', 'once nobody renews it');
  });

  test('renewal extends the deadline by the lease, up to the time limit', async () => {
    const id = await openCall(app, token);
    await app.sql('UPDATE calls SET time_limit = 3600 WHERE id = $1', [id]);
    await renew(id);
    assert.ok(Math.abs((await remaining(id)) - LEASE) < 1);
    await app.sql(`UPDATE calls SET connected_at = connected_at - interval '3599 seconds' WHERE id = $1`, [
      id,
    ]);
    const answer = await renew(id);
    assert.equal(answer.status, 200);
    assert.ok((await remaining(id)) <= 1, 'the hour is over in a second');
    const { connectedAt, endedAt } = await ending(app, id);
    assert.ok(Number(endedAt) - Number(connectedAt) >= 3600_000);
  });
});

test(`a call that is renewed and swept at the same time is either renewed or ended, ${ROUNDS} times`, async () => {
  const sweeping = await connect(app);
  const renewals = { renewed: 0, ended: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const id = await openCall(app, token);
    await app.sql('UPDATE calls SET deadline_at = clock_timestamp() WHERE id = $1', [id]);
    const [answer] = await Promise.all([renew(id), sleep(round % 3).then(() => sweeping.query(SWEEP))]);
    const events = (await eventsOf(app, id)).map(inWords);
    const renewed = answer.status === 200;
    assert.ok(renewed || answer.status === 409, answer.text);
    assert.deepEqual(events, renewed ? ['connected'] : ['connected', 'disconnected: other, by sweeper']);
    renewals[renewed ? 'renewed' : 'ended']++;
    await app.sql(`UPDATE calls SET deadline_at = clock_timestamp() + interval '1 hour' WHERE id = $1`, [id]);
  }
  assert.ok(renewals.renewed > 0 && renewals.ended > 0, JSON.stringify(renewals));
  await assertWholeLives(app);
});
