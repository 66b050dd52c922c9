import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { actsOf } from '../core/audit/acts.ts';
import { openCallOf } from '../core/events/events.ts';
import { ENCRYPTION_KEY, startApp } from '../harness/app.ts';
import { addClassicClient, addModernClient, addUser, classicToken, PASSWORD } from '../harness/people.ts';
import { runCli } from '../harness/server-process.ts';

const app = await startApp();
const env = { DATABASE_URL: app.databaseUrl, ENCRYPTION_KEY };
const classic = await addClassicClient(app);
const { client } = await addModernClient(app);
await addUser(app, 'bert');
await classicToken(app, classic, 'bert');
await app.clients.registerDemoClient({ name: 'Demo', redirectUris: [`${app.url}/test`] }, 'demo-app');
const clientId = client.id;
const call = await openCallOf(app, { userName: 'bert', clientId, sink: 'https://10.0.0.1/' });
const [delivery] = await app.sql<{ id: string }>('SELECT id FROM deliveries WHERE call_id = $1', [call]);

async function cli(...args: string[]) {
  const ended = await runCli([...args, '--json'], env, PASSWORD);
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout);
}

async function webhook(): Promise<string> {
  const [row] = await app.sql<{ id: string }>('SELECT id FROM webhooks');
  return row?.id ?? '';
}

/** In the order in which they go. */
const commands: readonly (readonly [string, string | (() => Promise<string>)])[] = [
  ['userAdded', 'user add anna --password-stdin'],
  ['userLimitChanged', 'user limit anna 5'],
  ['userNumbersChanged', 'user number anna +447700900001'],
  ['userPasswordReset', 'user password anna --password-stdin'],
  ['userDisabled', 'user disable anna'],
  ['userEnabled', 'user enable anna'],
  ['grantWithdrawn', `grant withdraw bert ${classic.id}`],
  ['clientRegistered', 'client add --name CRM --redirect-uri https://crm.example/'],
  ['clientSecretRotated', `client rotate ${clientId}`],
  ['webhookAdded', `webhook add ${clientId} https://hooks.example/`],
  ['webhookSecretRotated', async () => `webhook rotate ${await webhook()}`],
  ['webhookRemoved', async () => `webhook remove ${await webhook()}`],
  ['deliveryResent', `webhook resend ${delivery?.id}`],
  ['callEnded', `call end ${call} --reason tested`],
  ['clientRemoved', `client remove ${clientId}`],
  ['initialAccessTokenIssued', 'initial-access-token'],
  ['keysRotated', 'keys rotate'],
  ['clientRemoved', 'demo remove'],
];

suite('what a command changes is recorded once, as the command line’s', () => {
  for (const [action, command] of commands) {
    test(`${action} by ${typeof command === 'string' ? command.replace(/ \w{16,}/, ' …') : 'webhook …'}`, async () => {
      const line = typeof command === 'string' ? command : await command();
      const acts = await actsOf(app, () => cli(...line.split(' ')));
      const by = { actor: 'commandLine', actor_user_id: null, actor_client_id: null, ip_address: null };
      assert.deepEqual(
        acts.map(({ actor, actor_user_id, actor_client_id, ip_address, ...act }) => ({
          ...{ actor, actor_user_id, actor_client_id, ip_address, action: act.action },
        })),
        [{ ...by, action }],
      );
    });
  }
});

suite('audit list', () => {
  test('shows acts, newest first, of a kind, of or about a user', async () => {
    const all = await cli('audit', 'list');
    assert.deepEqual(
      all.slice(0, commands.length).map(({ action }: { action: string }) => action),
      commands.map(([action]) => action).toReversed(),
    );
    const [latest] = await cli('audit', 'list', '--user', 'ANNA', '--count', '1');
    const { at, ...rest } = latest;
    assert.ok(!Number.isNaN(Date.parse(at)));
    assert.deepEqual(rest, {
      ...{ action: 'userEnabled', by: 'commandLine', from: null, user: 'anna', client: null, subject: null },
      details: [],
    });
    assert.deepEqual(
      (await cli('audit', 'list', '--action', 'callEnded')).map(
        ({ details }: { details: string[] }) => details,
      ),
      [['reason=tested']],
    );
    const byBert = await cli('audit', 'list', '--actor', 'bert');
    assert.deepEqual(
      byBert.map(({ action, by }: { action: string; by: string }) => [action, by]),
      [
        ['grantAllowed', 'bert'],
        ['signedIn', 'bert'],
      ],
    );
  });

  test('refuses unknown values', async () => {
    const wrong: [string, RegExp][] = [
      ['audit list --user nobody', /There is no user "nobody"/],
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
