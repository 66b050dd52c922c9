import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { assertWholeLives } from '../core/calls/lives.ts';
import { insertGrantedToken, insertNumber, insertUser } from '../core/calls/rows.ts';
import { startApp } from '../harness/app.ts';
import { startServer } from '../harness/server-process.ts';
import { CALLER } from '../web/callers.ts';
import { OPENING_APIS, post } from '../web/opening/apis.ts';
import { record, times } from './campaign.ts';

const ROUNDS = times(30, 300);
const SIMULTANEOUS = 8;

const app = await startApp();
const nodes = [app, await startServer({ DATABASE_URL: app.databaseUrl })];
const users = await Promise.all(['anna', 'ben'].map((name) => insertUser(app, name)));
for (const user of users) await insertNumber(app, user, CALLER);

/** What takes permission away, and what gives it back for the next round. */
const revocations = [
  async (client: string) =>
    app.sql('DELETE FROM grants WHERE client_id = $1 AND user_id = $2', [client, users[0]]),
  async () => {
    await app.users.setDisabled('anna', true, COMMAND_LINE);
    return () => app.users.setDisabled('anna', false, COMMAND_LINE);
  },
  async (client: string) => app.clients.removeClient(client, COMMAND_LINE),
] as const;

test(`no call that opens while permission is withdrawn survives, over two nodes, ${ROUNDS} times`, async () => {
  let mixed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const client = `client-${round}`;
    await app.clients.registerDemoClient({ name: client, redirectUris: [`${app.url}/test`] }, client);
    const [token = '', other = ''] = await Promise.all(
      users.map((user) => insertGrantedToken(app, user, client)),
    );
    const opening = Array.from({ length: SIMULTANEOUS }, async (_, index) => {
      await sleep(index % 4);
      const api = OPENING_APIS[index % 3] ?? OPENING_APIS[0];
      return (await post(nodes[index % 2] ?? app, api, index < 6 ? token : other)).status;
    });
    await sleep(round % 8);
    const enable = await revocations[round % 3]?.(client);
    const statuses = await Promise.all(opening);
    const annas = statuses.slice(0, 6);
    assert.deepEqual(
      annas.filter((status) => status !== 201 && status !== 401),
      [],
      `round ${round}: ${statuses}`,
    );
    if (new Set(annas).size === 2) mixed++;

    const ongoing = await app.sql(
      `SELECT u.name FROM calls c JOIN users u ON u.id = c.user_id
        WHERE c.client_id = $1 AND c.ended_at IS NULL AND ($2 OR u.name = 'anna')`,
      [client, round % 3 === 2],
    );
    assert.deepEqual(ongoing, [], `round ${round}`);
    if (typeof enable === 'function') await enable();
  }
  assert.ok(mixed > ROUNDS / 10, `only in ${mixed} rounds some opened and some did not`);
  await assertWholeLives(app);
  record({
    invariant: 'No call outlives the permission to make it',
    tried: `${ROUNDS} × ${SIMULTANEOUS} opens over 2 nodes by the 3 APIs while a grant is withdrawn, a user disabled or a client removed; in ${mixed} rounds some opened and some were refused`,
    found: 'afterwards no call without permission was ongoing',
  });
});
