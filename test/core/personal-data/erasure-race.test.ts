import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { GrantNotFound } from '../../../src/core/grants/grant-errors.ts';
import { createGrantService } from '../../../src/core/grants/grant-service.ts';
import { anonymiseUser } from '../../../src/core/personal-data/erasure-store.ts';
import { startApp } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';

const app = await startApp();
const grants = createGrantService(app.database);

/** Starts the work while the lock on the erased user is taken. @returns its result */
async function whileErasing<T>(name: string, begin: () => Promise<T>): Promise<PromiseSettledResult<T>> {
  const [user] = await app.sql<{ id: string }>('SELECT id FROM users WHERE name = $1', [name]);
  let begun: Promise<T> | undefined;
  await app.database.transaction(async (tx) => {
    await tx.query({ name: 'test_lock', text: 'SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE' }, [
      user?.id,
    ]);
    begun = begin();
    await waitsOrEnds(app, begun);
    await anonymiseUser(tx, user?.id ?? '');
  });
  const [outcome] = await Promise.allSettled([begun as Promise<T>]);
  return outcome;
}

suite('while a user is erased', () => {
  test('a grant of the user can be withdrawn', async () => {
    await addUser(app, 'anna');
    const client = await addClassicClient(app);
    await classicToken(app, client, 'anna');
    const withdrawn = await whileErasing('anna', () => grants.withdraw('anna', client.id, COMMAND_LINE));
    assert.ok(withdrawn.status === 'rejected' && withdrawn.reason instanceof GrantNotFound);
  });

  test('an application with a grant of the user can be removed', async () => {
    await addUser(app, 'bert');
    const client = await addClassicClient(app);
    await classicToken(app, client, 'bert');
    const removed = await whileErasing('bert', () => app.clients.removeClient(client.id, COMMAND_LINE));
    assert.equal(removed.status, 'fulfilled');
    assert.deepEqual(await app.sql('SELECT FROM clients WHERE id = $1', [client.id]), []);
  });
});
