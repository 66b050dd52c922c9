import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { outageOf } from '../../harness/outage.ts';
import { addClassicClient, addModernClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { addPerson, authorize, configure, obtainTokens, redeem } from '../../web/oauth/modern-walk.ts';
import { moveCall, openCallOf } from './events.ts';
import { eventually } from './receiver.ts';
import { EVENTS_PATH, openStream, requestStream, type StreamReader } from './stream-reader.ts';

const app = await startApp();
const shop = await addClassicClient(app, 'Shop');
let people = 0;

async function addReader(): Promise<{ name: string; token: string; reader: StreamReader }> {
  const name = `reader${++people}`;
  await addUser(app, name);
  const token = await classicToken(app, shop, name);
  return { name, token, reader: await openStream(app, token) };
}

function expire(token: string, seconds: number): Promise<unknown> {
  return app.sql(`UPDATE access_tokens SET expires_at = now() + $2 * interval '1 second' WHERE hash = $1`, [
    hashToken(token),
    seconds,
  ]);
}

/** The check runs every two seconds. */
async function assertEndsSoon({ reader, token }: { reader: StreamReader; token: string }): Promise<void> {
  assert.equal(await Promise.race([reader.ended, sleep(3_000, 'goes on')]), 'end');
  assert.equal(reader.frames.at(-1)?.comment, 'the access token has expired or was revoked');
  assert.equal((await requestStream(app, bearer(token))).response.status, 401);
}

suite('a stream ends within two seconds', { concurrency: true }, () => {
  test('when its token expires', async () => {
    const mine = await addReader();
    await expire(mine.token, 0.2);
    await assertEndsSoon(mine);
  });

  test('when its token is revoked', async () => {
    const config = await configure(app, await addModernClient(app));
    const { access: token } = await obtainTokens(config, await addPerson(app, 'rita'));
    const reader = await openStream(app, token);
    await oauth.tokenRevocation(config, token);
    await assertEndsSoon({ reader, token });
  });

  test('when its token is for another API, and not when it is for the API of the stream', async () => {
    const config = await configure(app, await addModernClient(app));
    const person = await addPerson(app, 'rudi');
    const resource = `${app.url}/api/v1`;
    const { access: token } = await redeem(
      config,
      await authorize(config, person, { scope: 'call', resource }),
    );
    const reader = await openStream(app, token);
    const checked = await addReader();
    await expire(checked.token, 0);
    await assertEndsSoon(checked); // so a check has seen both streams
    assert.equal(await Promise.race([reader.ended, 'goes on']), 'goes on');
    await app.sql('UPDATE access_tokens SET resource = $2 WHERE hash = $1', [
      hashToken(token),
      `${app.url}/rest`,
    ]);
    await assertEndsSoon({ reader, token });
  });

  test('when its user is disabled', async () => {
    const mine = await addReader();
    await app.users.setDisabled(mine.name, true, COMMAND_LINE);
    await assertEndsSoon(mine);
  });

  test('when the grant is withdrawn', async () => {
    const mine = await addReader();
    await app.sql('DELETE FROM grants WHERE user_id = (SELECT id FROM users WHERE name = $1)', [mine.name]);
    await assertEndsSoon(mine);
  });

  test('when its client is removed', async () => {
    const { client, secret } = await addModernClient(app);
    const config = await configure(app, { client, secret });
    const { access: token } = await obtainTokens(config, await addPerson(app, 'carla'));
    const reader = await openStream(app, token);
    await app.clients.removeClient(client.id, COMMAND_LINE);
    await assertEndsSoon({ reader, token });
  });
});

test('a stream has no event that happens after its token has ended', async () => {
  const mine = await addReader();
  const callId = await openCallOf(app, { userName: mine.name, clientId: shop.id });
  await mine.reader.until(({ events }) => events.length === 1);
  await expire(mine.token, 0);
  await moveCall(app, callId, 'callingCaller');
  await assertEndsSoon(mine);
  assert.deepEqual(mine.reader.states, ['initiating']);
});

test('other streams of the same user continue', async () => {
  const mine = await addReader();
  const token = await classicToken(app, shop, mine.name);
  const other = await openStream(app, token);
  await expire(mine.token, 0);
  assert.equal(await mine.reader.ended, 'end');
  await openCallOf(app, { userName: mine.name, clientId: shop.id });
  await other.until(({ events }) => events.length === 1);
});

test('readers that disconnect leave nothing behind', async () => {
  const { token, reader } = await addReader();
  const before = app.streams.size;
  for (let round = 0; round < 10; round++) {
    const leaving = Array.from({ length: 15 }, async (_, index) => {
      const abort = new AbortController();
      const headers = bearer(token);
      const asked = fetch(app.url + EVENTS_PATH, { headers, signal: abort.signal }).catch(() => {});
      await sleep(index);
      abort.abort();
      await asked;
    });
    await Promise.all(leaving);
  }
  await eventually(() => app.streams.size === before);
  reader.close();
  await eventually(() => app.streams.size === before - 1);
});

test('a stream survives an outage of the database, and then sends the events', async () => {
  const { name, reader } = await addReader();
  const callId = await openCallOf(app, { userName: name, clientId: shop.id });
  const outage = outageOf(app);
  await outage.begin();
  await assert.rejects(app.sql('SELECT'));
  await sleep(2_500); // a check fails
  await outage.end();
  await moveCall(app, callId, 'callingCaller');
  await reader.until(({ events }) => events.length === 2);
});

test('a stopping node ends its streams at once, and tells readers to reconnect', async () => {
  const node = await startNode(app);
  const { token, reader: elsewhere } = await addReader();
  const readers = await Promise.all(Array.from({ length: 10 }, () => openStream(node, token)));
  const began = performance.now();
  const closed = node.http.close();
  for (const reader of readers) {
    assert.equal(await reader.ended, 'end');
    assert.equal(reader.frames.at(-1)?.comment, 'this server is stopping; reconnect');
  }
  assert.ok(performance.now() - began < 1_000);
  assert.equal(node.streams.size, 0);
  elsewhere.close();
  node.http.server.closeAllConnections();
  await closed;
});
