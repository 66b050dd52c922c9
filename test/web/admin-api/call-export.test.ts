import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { openCall, stopCall } from '../classic/call.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const client = await addClassicClient(app);
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 10, numbers: ['+447700900777'] });
const token = await classicToken(app, client, 'anna');
const first = await openCall(app, token, '+447700900001');
const second = await openCall(app, token, '+447700900002');
await stopCall(app, token, first);
await app.sql(`UPDATE calls SET client_reference = '=HYPERLINK("https://evil.example")' WHERE id = $1`, [
  first,
]);

test('exports calls as CSV: numbers as they are, and nothing that a spreadsheet would calculate', async () => {
  const answer = await administrator.get('/admin/calls/export?format=csv&ongoing=false');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="calls.csv"');
  const [names = '', line = '', ...rest] = answer.text.trimEnd().split('\n');
  assert.equal(rest.length, 0);
  assert.match(
    names,
    /^id,user,client,caller,callee,state,reason,endedBy,.*,duration,callerAnsweredAt,causeLeg,sipStatus,q850Cause,causeText$/,
  );
  assert.ok(
    line.startsWith(`${first},anna,${client.id},+447700900777,+447700900001,disconnected,hangUp,client,`),
    line,
  );
  assert.ok(line.includes(`,"'=HYPERLINK(""https://evil.example"")",`), line);
});

test('exports the same as JSON Lines, newest first, each as the admin API shows it', async () => {
  const answer = await administrator.get('/admin/calls/export?format=jsonl&user=anna');
  const lines = answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ id }) => id),
    [second, first],
  );
  const shown = await administrator.get(`/admin/calls/${first}`);
  assert.deepEqual(lines[1], shown.json());
});

test('exports the calls that ended with a SIP status or a cause of Q.850', async () => {
  await app.sql('UPDATE calls SET sip_status = 603, q850_cause = 21 WHERE id = $1', [first]);
  for (const [query, count] of [
    ['sip_status=603', 1],
    ['sip_status=486', 0],
    ['q850_cause=21', 1],
    ['q850_cause=17', 0],
  ] as const) {
    const { text } = await administrator.get(`/admin/calls/export?format=csv&${query}`);
    assert.equal(text.trimEnd().split('\n').length - 1, count, query);
  }
});

test('exports only the column names if no call matches', async () => {
  const answer = await administrator.get('/admin/calls/export?format=csv&user=nobody');
  assert.equal(answer.text.trimEnd().split('\n').length, 1);
});

test('refuses the queries that the list refuses, before it starts', async () => {
  for (const [query, field] of [
    ['from=yesterday', 'from'],
    ['callee=12', 'callee'],
    ['sip_status=6xx', 'sip_status'],
    ['q850_cause=128', 'q850_cause'],
    ['page_size=1', 'page_size'],
  ]) {
    const answer = await administrator.get(`/admin/calls/export?${query}`);
    assert.deepEqual([answer.status, answer.json()['field']], [400, field]);
  }
});

test('is in the audit log, without the numbers in the query', async () => {
  await administrator.get('/admin/calls/export?user=anna&callee=%2B447700900001');
  const [act] = await app.sql(
    `SELECT actor, action, user_id = (SELECT id FROM users WHERE name = 'anna') AS annas, details
       FROM audit_log ORDER BY id DESC LIMIT 1`,
  );
  assert.deepEqual(act, {
    actor: 'administrator',
    action: 'callsExported',
    annas: true,
    details: { filters: ['callee', 'userName'] },
  });
});
