import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, type TestApp } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { addClassicClient, addModernClient, addUser } from '../harness/people.ts';
import { createTestClock } from '../harness/test-clock.ts';
import { until } from '../harness/until.ts';
import { credentials, parametersOf } from '../web/classic/flow.ts';
import { addSignedIn, atBrowser, signIn } from '../web/console/console.ts';
import { addTotp } from '../web/console/second-factors.ts';
import { authorizationUrl, configure } from '../web/oauth/modern-walk.ts';
import { record, times } from './campaign.ts';
import { askAtOnce, startTwoServers } from './two-servers.ts';

const GUESSES = times(60, 1000);
/** On two servers: no more than each lets one name have under way. */
const AT_ONCE = 8;
const NETWORKS = times(150, 1000);
const PASSWORDS_LOOKED_AT = 10;
const LOOKED_AT_IN_ALL = 100;
const LOOKED_AT_OF_A_48 = 40;
const CODES_LOOKED_AT = 5;
const HOME = '198.51.100.1';
const THIEF = '203.0.113.66';

const clock = createTestClock(new Date());
const app = await startApp({ TRUST_PROXY: 'true' }, clock);
const servers = await startTwoServers(app, { TRUST_PROXY: 'true' });
const classic = await addClassicClient(app);
const config = await configure(app, await addModernClient(app));

type Node = Pick<TestApp, 'url'>;
type SignIn = (node: Node, name: string, password: string, address: string) => Promise<Answer>;

/** A sign-in page that an application has led to; its form can be sent to any server. */
async function interaction(): Promise<{ browser: Browser; path: string }> {
  const browser = new Browser(app.url);
  const { location } = await browser.get((await authorizationUrl(config)).url.href);
  return { browser, path: new URL(location).pathname };
}

const form =
  (path: string, fields: Record<string, string> = {}): SignIn =>
  (node, name, password, address) =>
    new Browser(node.url).post(path, { ...fields, username: name, password }, { 'x-forwarded-for': address });

/** Every form that takes a password. */
const forms: readonly SignIn[] = [
  form('/auth/login', parametersOf(classic, 'code')),
  form('/sign-in'),
  form('/console/sign-in'),
  async (node, name, password, address) => {
    const { browser, path } = await interaction();
    return browser.post(node.url + path, { username: name, password }, { 'x-forwarded-for': address });
  },
];
/** All of them are the same name. */
const spellings: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)), // fullwidth
];

/** How many answers had each status, by the status. */
function tally(answers: readonly Answer[]): Record<number, number> {
  const byStatus = Object.groupBy(answers, ({ status }) => status);
  return Object.fromEntries(Object.entries(byStatus).map(([status, those]) => [status, those?.length ?? 0]));
}

async function inBatches(
  ask: (node: Node, index: number) => Promise<Answer>,
  guesses = GUESSES,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < guesses) {
    const before = answers.length;
    const count = Math.min(AT_ONCE, guesses - before);
    answers.push(...(await askAtOnce(servers, count, (node, index) => ask(node, before + index))));
  }
  return answers;
}

/** Wrong passwords by all forms and spellings, each from the address that `addressOf` gives it. */
function guess(name: string, addressOf = (_index: number) => THIEF, guesses = GUESSES): Promise<Answer[]> {
  return inBatches((node, index) => {
    const send = forms[Math.floor(index / 2) % forms.length] ?? form('/sign-in');
    const spelt = spellings[index % spellings.length]?.(name) ?? name;
    return send(node, spelt, `guess ${index}`, addressOf(index));
  }, guesses);
}

function refusals(action: string, name: string): Promise<{ reason: string | null; count: number }[]> {
  return app.sql(
    `SELECT details->>'reason' AS reason, count(*)::integer AS count
       FROM audit_log WHERE action = $1 AND user_id = (SELECT id FROM users WHERE name = $2) GROUP BY 1 ORDER BY 1`,
    [action, name],
  );
}

suite(`of ${GUESSES} wrong passwords for one user from one address, on two servers and all forms`, () => {
  test(`${PASSWORDS_LOOKED_AT} are checked; the user can sign in elsewhere, and the attacker cannot with the right password`, async () => {
    await addUser(app, 'anna', { administrator: true });
    const password = credentials('anna')['password'] ?? '';
    const known = new Browser(app.url);
    const fromKnown = (node: Node, address: string) =>
      known.post(`${node.url}/sign-in`, credentials('anna'), { 'x-forwarded-for': address });
    assert.equal((await fromKnown(app, HOME)).status, 303);

    const refused = { 403: PASSWORDS_LOOKED_AT, 429: GUESSES - PASSWORDS_LOOKED_AT };
    assert.deepEqual(tally(await guess('anna')), refused);
    assert.deepEqual(await refusals('signInRefused', 'anna'), [
      { reason: 'tooManyAttempts', count: 1 },
      { reason: 'wrongCredentials', count: PASSWORDS_LOOKED_AT },
    ]);
    for (const server of servers) {
      for (const send of forms) {
        assert.equal((await send(server, 'anna', password, THIEF)).status, 429);
        assert.equal((await send(server, 'anna', password, HOME)).status, 303);
      }
      assert.equal((await fromKnown(server, THIEF)).status, 303);
    }
    record({
      invariant: 'Passwords cannot be guessed',
      tried: `${GUESSES} wrong passwords for one user from one address, on two servers and four forms`,
      found: `${PASSWORDS_LOOKED_AT} were checked, by the responses and by the audit log; then the right one was refused there, and accepted from another address and from a known browser`,
    });
  });

  /** Checking against an invalid hash fails, so a refusal without a check does not fail. */
  test(`${PASSWORDS_LOOKED_AT} are compared with the hash`, async () => {
    await addUser(app, 'bert', { administrator: true });
    await app.sql(`UPDATE users SET password_hash = 'none' WHERE name = 'bert'`);
    const seen = { 429: GUESSES - PASSWORDS_LOOKED_AT, 500: PASSWORDS_LOOKED_AT };
    assert.deepEqual(tally(await guess('bert')), seen);
    record({
      invariant: 'Passwords cannot be guessed (the hash)',
      tried: `${GUESSES} simultaneous passwords for a user with an invalid hash, which fails when it is checked`,
      found: `${PASSWORDS_LOOKED_AT} were checked against the hash`,
    });
  });
});

/** Whether a server has logged, once, that it throttles the name of a user. */
async function throttlingLines(of: TestApp, name: string): Promise<boolean> {
  const { id } = await of.users.findUser(name);
  const lines = servers.flatMap((server) => server.stdout().split('\n'));
  const its = lines.filter((line) => line.includes('sign-in: a user name got too many') && line.includes(id));
  assert.ok(its.length <= 1, its.join('\n'));
  return its.length === 1;
}

suite(`of ${NETWORKS} wrong passwords for one user from as many networks, on two servers and all forms`, () => {
  const refused = (looked: number) => ({ 403: looked, 429: NETWORKS - looked });
  /** Addresses that share no network: IPv4 and IPv6 in turn. */
  const apart = (index: number) =>
    index % 2 === 0 ? `100.64.${index >> 8}.${index & 255}` : `2001:db8:${index.toString(16)}::1`;

  test(`${LOOKED_AT_OF_A_48} are checked if they are of one /48`, async () => {
    await addUser(app, 'dora', { administrator: true });
    const addressOf = (index: number) => `2001:db8:ffff:${(index * 61).toString(16)}::1`;
    assert.deepEqual(tally(await guess('dora', addressOf, NETWORKS)), refused(LOOKED_AT_OF_A_48));
    record({
      invariant: 'Passwords cannot be guessed (one IPv6 site)',
      tried: `${NETWORKS} wrong passwords for one user from as many /64 networks of one /48, on two servers and four forms`,
      found: `${LOOKED_AT_OF_A_48} were checked`,
    });
  });

  test(`${LOOKED_AT_IN_ALL} are checked, then one a minute; a known browser signs in all the while`, async () => {
    await addUser(app, 'emma', { administrator: true });
    const password = credentials('emma')['password'] ?? '';
    const known = new Browser(app.url);
    const fromKnown = (node: Node) => known.post(`${node.url}/sign-in`, credentials('emma'));
    assert.equal((await fromKnown(app)).status, 303);

    assert.deepEqual(tally(await guess('emma', apart, NETWORKS)), refused(LOOKED_AT_IN_ALL));
    await until('the log of a server has it', () => throttlingLines(app, 'emma'));
    const minutes = 3;
    for (let minute = 0; minute < minutes; minute++) {
      for (const server of servers) assert.equal((await fromKnown(server)).status, 303);
      await app.sql(`UPDATE password_failures SET failed_at = failed_at - interval '1 minute'`);
      const addressOf = (index: number) => apart(2000 + minute * NETWORKS + index);
      assert.deepEqual(tally(await guess('emma', addressOf, NETWORKS)), refused(1));
    }
    for (const send of forms) assert.equal((await send(app, 'emma', password, HOME)).status, 429);
    await app.sql(`UPDATE password_failures SET failed_at = failed_at - interval '1 minute'`);
    assert.equal((await form('/sign-in')(app, 'emma', password, HOME)).status, 303);
    record({
      invariant: 'Passwords cannot be guessed (from anywhere)',
      tried: `${NETWORKS} wrong passwords for one user from as many networks of IPv4 and IPv6, on two servers and four forms; then as many in each of ${minutes} minutes`,
      found: `${LOOKED_AT_IN_ALL} were checked, and then one a minute; a known browser signed in all the while`,
    });
  });
});

test(`of ${GUESSES} wrong codes on two servers ${CODES_LOOKED_AT} are checked, and then the right one is refused`, async () => {
  const phone = await addTotp(await addSignedIn(app, 'cora'), clock);
  const half = atBrowser(app, 'cora');
  await signIn(half);
  const show = (node: Node, code: string) => half.send(`${node.url}/console/second-factor/code`, { code });
  const right = phone.code();
  const wrong = (index: number) => String((Number(right) + 1 + index) % 1_000_000).padStart(6, '0');

  const answers = await inBatches((node, index) => show(node, wrong(index)));
  assert.deepEqual(tally(answers), { 403: CODES_LOOKED_AT, 429: GUESSES - CODES_LOOKED_AT });
  assert.deepEqual(await refusals('secondFactorRefused', 'cora'), [
    { reason: 'tooManyAttempts', count: 1 },
    { reason: null, count: CODES_LOOKED_AT },
  ]);
  for (const server of servers) assert.equal((await show(server, right)).status, 429);
  await app.sql('UPDATE sign_in_attempts SET expire = 1');
  assert.equal((await show(app, phone.code())).status, 303);
  record({
    invariant: 'Codes of a second factor cannot be guessed',
    tried: `${GUESSES} wrong codes of one administrator with the right password, on two servers`,
    found: `${CODES_LOOKED_AT} were checked; then the right one was refused until the time was over`,
  });
});
