import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import type { CallChange } from '../../../src/core/calls/call.ts';
import { CHANGES_CHANNEL } from '../../../src/core/calls/change-store.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { connect, insertNumber, insertToken, insertUser } from '../calls/rows.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
const userId = await insertUser(app, 'anna');
await insertNumber(app, userId, '+447700900000');
const { client } = await addModernClient(app);
const authorization = `Bearer ${await insertToken(app, userId, client.id)}`;

/** What the nodes are notified of. */
const heard: CallChange[] = [];
const listener = await connect(app);
listener.on('notification', ({ payload = '' }) => heard.push(...JSON.parse(payload).changes));
await listener.query(`LISTEN ${CHANGES_CHANNEL}`);

/** Opens a call and ends it. @returns hasReceivers of each of its changes */
async function live(): Promise<unknown[]> {
  const opened = await fetch(`${app.url}/api/v1/calls`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ callee: '+447700900123' }),
  });
  assert.equal(opened.status, 201);
  const { id } = (await opened.json()) as { id: string };
  const ended = await fetch(`${app.url}/api/v1/calls/${id}`, {
    method: 'DELETE',
    headers: { authorization },
  });
  assert.equal(ended.status, 204);
  const changes = () => heard.filter(({ callId }) => callId === id);
  await until('both changes are notified', () => changes().length === 2);
  return changes().map(({ hasReceivers }) => hasReceivers);
}

test('a change says whether deliveries may be due', async () => {
  assert.deepEqual(await live(), [false, false]);
  const { webhook } = await app.events.webhooks.addWebhook(
    client.id,
    { url: 'http://127.0.0.1:9/hook' },
    COMMAND_LINE,
  );
  assert.deepEqual(await live(), [true, true]);
  await app.events.webhooks.removeWebhook(webhook.id, null, COMMAND_LINE);
  assert.deepEqual(await live(), [false, false]);
});

test('a node looks for deliveries only after a change that may have queued one', async () => {
  const { query } = app.database;
  let claims = 0;
  Object.assign(app.database, {
    query: (statement: { name: string; text: string }, values: unknown[]) => {
      if (statement.name === 'claim_deliveries') claims++;
      return query(statement, values);
    },
  });
  const change = { userId, state: 'connected', carrier: 'simulator', nodeId: null } as const;
  const announce = async (hasReceivers: boolean | undefined) => {
    claims = 0;
    for (let time = 0; time < 50; time++) {
      const changes = [{ ...change, callId: randomUUID(), hasReceivers }];
      await app.sql('SELECT pg_notify($1, $2)', [CHANGES_CHANNEL, JSON.stringify({ changes })]);
    }
    return claims;
  };
  assert.ok((await announce(false)) < 10, `${claims}`); // a claim each second looks for retries
  await announce(undefined); // another version of the server, or the database
  await until('the node claims', () => claims > 10);
});
