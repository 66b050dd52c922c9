import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../src/config/config.ts';
import { startSecureReceiver } from '../core/events/receiver.ts';
import { ENCRYPTION_KEY, startApp } from '../harness/app.ts';
import { dumpDatabase } from '../harness/dump.ts';
import { bearer } from '../harness/people.ts';
import { runServer, startServer } from '../harness/server-process.ts';
import { createTestClock } from '../harness/test-clock.ts';
import { request } from '../platform/http/request.ts';
import { addSignedIn } from '../web/console/console.ts';
import { beginTotp } from '../web/console/second-factors.ts';
import { issueInitialAccessToken } from '../web/oauth/modern-walk.ts';
import { record, times } from './campaign.ts';
import { createCanaries } from './canaries.ts';
import { startChallengingPhone } from './challenging-phone.ts';
import { createLife } from './secret-life.ts';

const PEOPLE = times(3, 20);
const canaries = createCanaries();
const { plant, note } = canaries;
const phone = await startChallengingPhone();
const receiver = await startSecureReceiver();
// Either node may attempt a delivery.
const deliverable = { SINK_ALLOW_HOSTS: new URL(receiver.url).host };
const app = await startApp(deliverable);
const withPassword = (url: string, password: string) =>
  url.replace(/^(\w+:\/\/[^:@/]*)(:[^@]*)?@/, `$1:${password}@`);
const DATABASE_URL = withPassword(app.databaseUrl, plant('the password of DATABASE_URL'));
assert.notEqual(DATABASE_URL, app.databaseUrl);
const METRICS_TOKEN = plant('METRICS_TOKEN');
const server = await startServer({
  ...{
    DATABASE_URL,
    LOG_LEVEL: 'trace',
    METRICS_TOKEN,
    NODE_EXTRA_CA_CERTS: receiver.certFile,
  },
  ...{
    CARRIER: 'sip',
    SIP_LISTEN: 'udp:127.0.0.1:0',
    SIP_PROXY: phone,
    SIP_REGISTRAR: phone,
    SIP_TRACE: 'true',
  },
  ...{ SIP_USERNAME: 'node', SIP_PASSWORD: plant('SIP_PASSWORD') },
  ...deliverable,
});
note('ENCRYPTION_KEY', ENCRYPTION_KEY);
const node = { ...app, url: server.url };

const life = await createLife({ app, node, canaries, receiver: receiver.url });

/** What a server says that does not start. */
async function refusalOf(env: Record<string, string>): Promise<string> {
  const { stdout, stderr, code } = await runServer(env);
  assert.notEqual(code, 0);
  return stdout + stderr;
}

test('no secret appears anywhere but with its owner', async () => {
  for (let index = 0; index < PEOPLE; index++) await life.liveThrough(index);
  note('initial access token', await issueInitialAccessToken(node));
  const ada = await addSignedIn(node, 'console-ada');
  note('secret of an authenticator app', (await beginTotp(ada, createTestClock())).secret);
  await receiver.waitFor(2 * PEOPLE, ({ path }) => path === '/hook');

  const places = await dumpDatabase(app);
  for (const path of [
    ...['/admin/audit-log', '/admin/audit-log/export?format=csv', '/admin/audit-log/export?format=jsonl'],
    ...[
      '/admin/calls/export?format=csv',
      '/admin/calls/export?format=jsonl',
      '/admin/calls',
      '/admin/clients',
    ],
    ...[
      '/admin/users/anna-0/data',
      '/admin/users/bert-0/data',
      '/admin/users/console-ada/data',
      '/docs/json',
    ],
  ]) {
    const answer = await life.administer('GET', path);
    assert.ok(answer.status === 200 || path.startsWith('/docs'), `${path}: ${answer.text}`);
    places.set(path, answer.text);
  }
  const metrics = await request(node, 'GET', '/metrics', bearer(METRICS_TOKEN));
  assert.equal(metrics.status, 200);
  places.set('/metrics', metrics.text);
  places.set('error bodies', life.refusals.join('\n'));
  places.set('what webhooks got', JSON.stringify(receiver.received.filter(({ path }) => path === '/hook')));
  places.set('events that sinks got', JSON.stringify(receiver.received.map(({ body }) => body)));
  const commandLine = `/proc/${server.pid}/cmdline`;
  if (existsSync(commandLine)) places.set('the command line', readFileSync(commandLine, 'utf8'));
  await sleep(600); // the log is written every half second
  await server.stop();
  places.set('the log', server.stdout());
  assert.match(server.stdout(), /SIP\/2\.0 407/, 'the trace is in it');
  assert.ok(life.refusals.length >= 8 * PEOPLE, `${life.refusals.length} refusals`);
  canaries.assertNowhere(places);
  record({
    invariant: 'No secret leaks',
    tried: `${canaries.count} secrets of ${canaries.kinds.length} kinds, searched in ${places.size} places: the log at trace, every table, exports, the audit log, error bodies, webhooks, metrics, the command line`,
    found: 'none, in any encoding',
  });
});

suite('a server that does not start shows no secret', () => {
  const database = plant('the password of DATABASE_URL');
  for (const [what, url] of Object.entries({
    'an unusable port': `postgresql://me:${database}@localhost:port/x`,
    'no database there': `postgresql://me:${database}@localhost:1/x`,
    'an unusable address': `postgresql://me:${database}@[::/x%zz`,
  })) {
    test(`DATABASE_URL: ${what}`, async () => {
      const said = await refusalOf({ DATABASE_URL: url, LOG_LEVEL: 'trace' });
      canaries.assertNowhere(new Map([['what the server says', said]]));
    });
  }

  for (const [name, value] of Object.entries({
    METRICS_TOKEN: `${plant('METRICS_TOKEN')} with spaces`,
    ENCRYPTION_KEY: plant('ENCRYPTION_KEY'),
    ARI_URL: `http://me:${plant('ARI password in a URL')}@localhost/ari`,
    DATABASE_URL: `my${plant('DATABASE_URL')}`,
  })) {
    test(`an invalid ${name}`, () => {
      assert.throws(
        () =>
          readConfig({
            [name]: value,
            CARRIER: 'ari',
            ARI_USERNAME: 'a',
            ARI_PASSWORD: 'b',
            ARI_CALLEE_ENDPOINT: 'c',
          }),
        (error: Error) => {
          canaries.assertNowhere(new Map([['the refusal', String(error.stack)]]));
          return error.message.includes(name);
        },
      );
    });
  }

  test('ARI_URL with only a password is refused, too, because addresses appear in logs', () => {
    const url = `http://:${plant('ARI password in a URL')}@localhost/ari`;
    assert.throws(() => readConfig({ ARI_URL: url }), /ARI_URL.*without name and password/);
  });
});
