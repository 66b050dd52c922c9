import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { addSignedIn, atBrowser, leadsTo, signIn } from '../console/console.ts';
import { addTotp } from '../console/second-factors.ts';
import { addAdministrator } from './administrator.ts';

const clock = createTestClock();
const app = await startApp({}, clock);
const administrator = await addAdministrator(app);

test('second factors are listed without secrets, and can be removed', async () => {
  const ada = await addSignedIn(app, 'ada');
  const { secret } = await addTotp(ada, clock, 'Lost phone');
  const path = '/admin/users/ada/second-factors';
  const listed = await administrator.get(path);
  assert.equal(listed.status, 200);
  assert.ok(!listed.text.includes(secret));
  const { secondFactors } = listed.json<{ secondFactors: Record<string, unknown>[] }>();
  assert.equal(secondFactors.length, 1);
  const [{ id, createdAt, ...factor } = {}] = secondFactors;
  assert.match(String(id), /^[0-9a-f-]{36}$/);
  assert.ok(Date.parse(String(createdAt)) > 0);
  assert.deepEqual(factor, { kind: 'totp', name: 'Lost phone', lastUsedAt: null });

  const half = atBrowser(app, 'ada');
  await signIn(half);
  assert.equal((await administrator.send('DELETE', path)).status, 204);
  assert.deepEqual((await administrator.get(path)).json()['secondFactors'], []);
  for (const browser of [ada, half])
    assert.equal(leadsTo(await browser.open('/console')), '/console/sign-in');
  await signIn(half);
  assert.equal((await half.open('/console')).status, 200);

  const acts = await app.sql(
    `SELECT a.actor, r.name AS by, a.details FROM audit_log a JOIN users u ON u.id = a.user_id JOIN users r ON r.id = a.actor_user_id
      WHERE u.name = 'ada' AND a.action = 'secondFactorRemoved'`,
  );
  const details = { reset: true, kinds: ['totp'] };
  assert.deepEqual(acts, [{ actor: 'administrator', by: 'rosa', details }]);
});

test('resetting works without second factors, and is 404 for an unknown user', async () => {
  assert.equal((await administrator.send('DELETE', '/admin/users/rosa/second-factors')).status, 204);
  for (const method of ['GET', 'DELETE']) {
    const answer = await administrator.send(method, '/admin/users/unknown/second-factors');
    assert.equal(answer.json()['error'], 'user_not_found');
  }
});
