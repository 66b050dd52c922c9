import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { createGrantService } from '../../../src/core/grants/grant-service.ts';
import { MAX_LIMIT } from '../../../src/core/people/user-input.ts';
import { startApp } from '../../harness/app.ts';
import { slowness } from '../../harness/slowness.ts';
import { until } from '../../harness/until.ts';
import { assertWholeLives } from './lives.ts';
import { connect, insertCalls, insertGrantedToken, insertUser } from './rows.ts';

/** On a quiet machine. On any machine a statement of the server may take three seconds. */
const SECONDS = 2;

const app = await startApp();
await app.clients.registerDemoClient({ name: 'Somebody', redirectUris: [`${app.url}/test`] }, 'somebody');
const listening = await connect(app);
const told = new Set<string>();
listening.on('notification', ({ payload = '' }) => {
  for (const { callId } of JSON.parse(payload).changes) told.add(callId);
});
await listening.query('LISTEN call_changes');

const ways: Record<string, (name: string) => Promise<unknown>> = {
  'a grant is withdrawn': (name) => createGrantService(app.database).withdraw(name, 'somebody', COMMAND_LINE),
  'a user is disabled': (name) => app.users.setDisabled(name, true, COMMAND_LINE),
};

for (const [title, revoke] of Object.entries(ways)) {
  test(`when ${title}, as many calls as a limit allows end within ${SECONDS} s, each with its event and a notification of all nodes`, async (t) => {
    const name = title.replaceAll(' ', '-');
    const userId = await insertUser(app, name, MAX_LIMIT);
    await insertGrantedToken(app, userId, 'somebody');
    const ids = await insertCalls(app, userId, MAX_LIMIT);
    await app.sql('VACUUM ANALYZE users, calls, call_events'); // as autovacuum would have, long ago
    const before = await slowness();
    const start = performance.now();
    await revoke(name);
    const seconds = (performance.now() - start) / 1000;
    const slow = Math.max(before, await slowness());
    t.diagnostic(`${seconds.toFixed(2)} s`);
    assert.ok(seconds / slow < SECONDS, `${seconds} s, on a machine ${slow} times slower`);
    const [ended] = await app.sql(
      `SELECT count(DISTINCT e.call_id)::integer AS calls, count(*)::integer AS events FROM calls c JOIN call_events e ON e.call_id = c.id
        WHERE c.user_id = $1 AND c.ended_by = 'revocation' AND e.ended_by = 'revocation'`,
      [userId],
    );
    assert.deepEqual(ended, { calls: MAX_LIMIT, events: MAX_LIMIT });
    await until('the nodes are told of every call', () => ids.every((id) => told.has(id)));
  });
}

test('every call has a complete timeline', () => assertWholeLives(app));
