import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, type TestApp } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { addClassicClient, addModernClient, addUser } from '../harness/people.ts';
import { createTestClock } from '../harness/test-clock.ts';
import { credentials, parametersOf } from '../web/classic/flow.ts';
import { addSignedIn, atBrowser, signIn } from '../web/console/console.ts';
import { addTotp } from '../web/console/second-factors.ts';
import { authorizationUrl, configure } from '../web/oauth/modern-walk.ts';
import { record, times } from './campaign.ts';
import { askAtOnce, startTwoServers } from './two-servers.ts';

const GUESSES = times(60, 1000);
const AT_ONCE = 50;
const PASSWORDS_LOOKED_AT = 10;
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

async function inBatches(ask: (node: Node, index: number) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < GUESSES) {
    const before = answers.length;
    const count = Math.min(AT_ONCE, GUESSES - before);
    answers.push(...(await askAtOnce(servers, count, (node, index) => ask(node, before + index))));
  }
  return answers;
}

/** Wrong passwords from one address, by all forms and spellings. */
function guess(name: string): Promise<Answer[]> {
  return inBatches((node, index) => {
    const send = forms[Math.floor(index / 2) % forms.length] ?? form('/sign-in');
    const spelt = spellings[index % spellings.length]?.(name) ?? name;
    return send(node, spelt, `guess ${index}`, THIEF);
  });
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
