import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RecordedAct } from '../../../src/core/audit/audit-log.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser } from '../../harness/people.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const administrator = await addAdministrator(app);
await addUser(app, 'anna');
await addUser(app, 'bert');
const { client: modern } = await addModernClient(app);

type Act = Omit<RecordedAct, 'at'> & { at: string };

async function acts(query = ''): Promise<Act[]> {
  const answer = await administrator.get(`/admin/audit-log?${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json<{ acts: Act[] }>().acts;
}

const actionsOf = (found: readonly Act[]) => found.map(({ action }) => action);
const idsOf = (found: readonly Act[]) => found.map(({ id }) => id);

/** By somebody who acted a number of times at one and the same time. */
async function insertActs(count: number, action: string): Promise<void> {
  await app.sql(
    `INSERT INTO audit_log (actor, action, at) SELECT 'server', $2, '2020-01-01' FROM generate_series(1, $1)`,
    [count, action],
  );
}

suite('the audit log', () => {
  test('shows actor, action, client, address and subject by name', async () => {
    await administrator.send('PUT', '/admin/users/ANNA/limit', { limit: 7 });
    const [latest] = await acts();
    const { id, at, ipAddress, actorUserId, userId, ...rest } = latest ?? assert.fail('nothing is told');
    assert.deepEqual(rest, {
      ...{ action: 'userLimitChanged', actor: 'administrator', actorUser: 'rosa' },
      ...{ actorClientId: administrator.clientId, actorClientName: 'Console', user: 'anna' },
      ...{ clientId: null, clientName: null, subject: null, details: { from: 2, to: 7 } },
    });
    assert.match(id, /^\d+$/);
    assert.ok(Math.abs(Date.now() - Date.parse(at)) < 60_000, at);
    assert.match(ipAddress ?? '', /^(127\.0\.0\.1|::1)$/);
    const ids = await app.sql(`SELECT id FROM users WHERE name IN ('anna', 'rosa') ORDER BY name`);
    assert.deepEqual([{ id: userId }, { id: actorUserId }], ids);
  });

  test('can be filtered', async () => {
    await administrator.send('PUT', '/admin/users/bert/limit', { limit: 5 });
    await administrator.send('POST', `/admin/clients/${modern.id}/secret`);
    assert.deepEqual(actionsOf(await acts('user=Bert')), ['userLimitChanged', 'userAdded']);
    assert.deepEqual(actionsOf(await acts(`client=${modern.id}`)), [
      'clientSecretRotated',
      'clientRegistered',
    ]);
    assert.deepEqual(actionsOf(await acts('actor=ROSA&user=bert')), ['userLimitChanged']);
    const [first, second] = await acts('action=userLimitChanged');
    assert.deepEqual([first?.user, second?.user], ['bert', 'anna']);
    const from = await acts(`from=${first?.at}&action=userLimitChanged`);
    const to = await acts(`to=${first?.at}&action=userLimitChanged`);
    assert.deepEqual([from[0]?.user, to[0]?.user], ['bert', 'anna']);
    assert.deepEqual(await acts('user=nobody'), []);
  });

  test('has pages, newest first, that neither repeat nor skip simultaneous acts', async () => {
    await insertActs(5, 'keysRotated');
    const before = await acts();
    const times = before.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted().reverse());
    const seen: string[] = [];
    let next = '';
    do {
      const answer = await administrator.get(`/admin/audit-log?page_size=3${next}`);
      const page = answer.json<{ acts: Act[]; nextPageToken?: string }>();
      seen.push(...idsOf(page.acts));
      next = page.nextPageToken === undefined ? '' : `&page_token=${page.nextPageToken}`;
      if (seen.length === 3) await administrator.send('PUT', '/admin/users/bert/limit', { limit: 4 });
    } while (next !== '');
    assert.deepEqual(seen, idsOf(before));
  });

  test('keeps the acts of a removed user, without the name', async () => {
    await addUser(app, 'gone');
    const [row] = await app.sql<{ id: string }>(`DELETE FROM users WHERE name = 'gone' RETURNING id`);
    const [added] = await acts('action=userAdded');
    assert.equal(added?.user, null);
    assert.equal(added?.userId, row?.id);
  });

  for (const query of ['action=shouted', 'from=yesterday', 'to=', 'user=', 'name=anna']) {
    test(`refuses ${query}`, async () => {
      const answer = await administrator.get(`/admin/audit-log?${query}`);
      assert.equal(answer.status, 400, answer.text);
    });
  }
});

suite('an export of the audit log', () => {
  test('has all acts, in the order of the list', async () => {
    await insertActs(2500, 'keysRotated');
    const listed = idsOf(await acts('page_size=1000&to=2021-01-01'));
    const lines = (await administrator.get('/admin/audit-log/export?format=jsonl&to=2021-01-01')).text;
    const exported = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Act);
    assert.equal(exported.length, 2505);
    assert.equal(new Set(idsOf(exported)).size, 2505);
    assert.deepEqual(idsOf(exported).slice(0, 1000), listed);
  });

  test('has the same in either format', async () => {
    const query = 'user=anna&action=userLimitChanged';
    const [act] = await acts(query);
    const line = (await administrator.get(`/admin/audit-log/export?format=jsonl&${query}`)).text;
    assert.deepEqual(JSON.parse(line), act);
    const csv = (await administrator.get(`/admin/audit-log/export?format=csv&${query}`)).text;
    const [names, values = ''] = csv.split('\n');
    assert.deepEqual(names?.split(','), Object.keys(act ?? {}));
    assert.ok(values.startsWith(`${act?.id},${act?.at},userLimitChanged,administrator,`), values);
    assert.ok(values.endsWith(',"{""to"":7,""from"":2}"'), values);
  });

  test('does not support HEAD, because each export is recorded', async () => {
    const answer = await administrator.send('HEAD', '/admin/audit-log/export');
    assert.equal(answer.status, 405, answer.text);
  });
});
