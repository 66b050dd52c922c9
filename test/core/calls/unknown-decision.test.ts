import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';

test('a reason to refuse that only a newer version knows is a 500, not a dead token', async () => {
  const app = await startApp();
  await addUser(app, 'anna');
  const token = await classicToken(app, await addClassicClient(app), 'anna');
  await app.sql(`CREATE OR REPLACE FUNCTION reached_limit(p_user_id uuid, p_max_ongoing_calls integer)
    RETURNS TABLE (refusal text, taken integer) LANGUAGE sql STABLE ROWS 1
    AS $$ SELECT 'trunk_is_full', 0 $$`);
  const answer = await fetch(`${app.url}/rest/call`, {
    method: 'POST',
    headers: bearer(token),
    body: new URLSearchParams({ number: '+447700900123' }),
  });
  assert.equal(answer.status, 500);
});
