import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../harness/people.ts';
import { runCli } from '../harness/server-process.ts';
import { commandLine } from './command-line.ts';

const app = await startApp();
const env = { DATABASE_URL: app.databaseUrl };
const cli = commandLine(app, env);
const classic = await addClassicClient(app);
await addUser(app, 'bert');
await classicToken(app, classic, 'bert');
await cli('user', 'add', 'anna', '--password-stdin');
await cli('user', 'disable', 'anna');

test('an initial access token that the log cannot record does not exist', async () => {
  const tokens = () => app.sql(`SELECT hash FROM initial_access_tokens`);
  const before = await tokens();
  await app.sql(
    `ALTER TABLE audit_log ADD CONSTRAINT refused CHECK (action <> 'initialAccessTokenIssued') NOT VALID`,
  );
  const ended = await runCli(['initial-access-token'], env);
  await app.sql('ALTER TABLE audit_log DROP CONSTRAINT refused');
  assert.deepEqual([ended.code, ended.stdout], [1, '']);
  assert.match(ended.stderr, /constraint "refused"/);
  assert.deepEqual(await tokens(), before);
});

suite('audit list', () => {
  test('shows actions, newest first, of a kind, of or about a user', async () => {
    const all = await cli('audit', 'list');
    assert.deepEqual(
      all.map(({ action }: { action: string }) => action),
      ['userDisabled', 'userAdded', 'grantAllowed', 'signedIn', 'userAdded', 'clientRegistered'],
    );
    const [latest] = await cli('audit', 'list', '--user', 'ANNA', '--count', '1');
    const { at, ...rest } = latest;
    assert.ok(!Number.isNaN(Date.parse(at)));
    assert.deepEqual(rest, {
      ...{ action: 'userDisabled', by: 'commandLine', from: null, user: 'anna', client: null, subject: null },
      details: [],
    });
    const byBert = await cli('audit', 'list', '--actor', 'bert', '--action', 'signedIn');
    assert.deepEqual(
      byBert.map(({ action, by }: { action: string; by: string }) => [action, by]),
      [['signedIn', 'bert']],
    );
  });

  test('refuses an unknown user or action', async () => {
    const wrong: [string, RegExp][] = [
      ['audit list --actor nobody', /There is no user "nobody"/],
      ['audit list --action shouted', /--action.*shouted.*signedIn/],
    ];
    for (const [line, message] of wrong) {
      const ended = await runCli(line.split(' '), env);
      assert.deepEqual([ended.code, ended.stdout], [2, '']);
      assert.match(ended.stderr, message);
    }
  });
});
