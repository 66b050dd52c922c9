import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';

const app = await startApp();

async function ask(path: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(app.url + path);
  return { status: answer.status, body: await answer.json() };
}

test('/readyz fails while a migration is missing, and /healthz succeeds', async () => {
  assert.deepEqual(await ask('/readyz'), { status: 200, body: { status: 'ok' } });
  const newest = '(SELECT max(version) FROM schema_migrations)';
  await app.sql(`UPDATE schema_migrations SET version = -version WHERE version = ${newest}`);
  assert.deepEqual(await ask('/readyz'), { status: 503, body: { status: 'migrations pending' } });
  assert.deepEqual(await ask('/healthz'), { status: 200, body: { status: 'ok' } });
});
