import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, PASSWORD } from '../../harness/people.ts';
import { signedInBrowser } from '../../web/classic/flow.ts';

/** As many as one asker sends at once. */
const AT_ONCE = 260;
/** How long the database lets a statement wait for a lock; see src/platform/database/database.ts. */
const LOCK_TIMEOUT_MS = 1_000;

const app = await startApp({ TRUST_PROXY: 'true' });
await addUser(app, 'anna');
const known = await signedInBrowser(app, await addClassicClient(app), 'anna');

function signIn(username: string, password: string, address: string, browser = new Browser(app.url)) {
  return browser.post('/sign-in', { username, password }, { 'x-forwarded-for': address });
}

/** How the attempt ended: its error code, or its status without one. */
function outcomeOf({ status, json }: Answer): string {
  return status === 303 ? '303' : String(json()['error']);
}

interface Flood {
  readonly by: string;
  /** How many sign-ins may be under way together. */
  readonly places: number;
  /** What becomes of those under way. */
  readonly outcomes: readonly string[];
  send(n: number): Promise<Answer>;
}

const GUESS_OUTCOMES = ['credentials_refused', 'too_many_sign_ins'];
const floods: readonly Flood[] = [
  {
    by: 'one account in its known browsers',
    places: 4,
    outcomes: ['303'],
    send: () => signIn('anna', PASSWORD, '192.0.2.1', known),
  },
  {
    by: 'a known browser, with names of others',
    places: 4,
    outcomes: GUESS_OUTCOMES,
    send: (n) => signIn(`other ${n}`, 'guess', `198.18.8.${n % 250}`, known),
  },
  {
    by: 'one account from one address',
    places: 4,
    outcomes: ['303'],
    send: () => signIn('anna', PASSWORD, '192.0.2.2'),
  },
  {
    by: 'one account from many addresses',
    places: 16,
    outcomes: ['303'],
    send: (n) => signIn('anna', PASSWORD, `198.18.${n >> 8}.${n & 255}`),
  },
  {
    by: 'one address, with many names',
    places: 32,
    outcomes: GUESS_OUTCOMES,
    send: (n) => signIn(`name ${n}`, 'guess', '192.0.2.3'),
  },
  {
    by: 'one /48 network of IPv6, with many names',
    places: 32,
    outcomes: GUESS_OUTCOMES,
    send: (n) => signIn(`name ${n}`, 'guess', `2001:db8:1:${n.toString(16)}::1`),
  },
];

for (const { by, places, outcomes, send } of floods) {
  suite(`a flood of sign-ins by ${by}`, () => {
    // First, because it opens the connections: a flood that keeps this process busy would delay them.
    test('reaches the database only as far as it has places', async () => {
      const answers = await whileCountsAreLocked(() =>
        Promise.all(Array.from({ length: AT_ONCE }, (_, n) => send(n))),
      );
      const admitted = answers.result.map(outcomeOf).filter((outcome) => outcome !== 'password_hashing_busy');
      const rounds = 1 + Math.floor(answers.ms / LOCK_TIMEOUT_MS);
      assert.ok(admitted.length >= 1);
      assert.ok(admitted.length <= places * rounds, `${admitted.length} in ${rounds} rounds`);
    });

    test('keeps no stranger out, and its right passwords do not count as wrong ones', async () => {
      const stranger = `stranger-${places}-${floods.findIndex((flood) => flood.by === by)}`;
      await addUser(app, stranger);
      const enter = () => Promise.all([1, 2, 3, 4].map((n) => signIn(stranger, PASSWORD, `203.0.113.${n}`)));
      await enter(); // opens connections to the database, which a busy process would delay
      const flooding = Array.from({ length: AT_ONCE }, (_, n) => send(n));
      const strangers = await enter();
      const answers = await Promise.all(flooding);
      assert.deepEqual(strangers.map(outcomeOf), ['303', '303', '303', '303']);
      const found = new Set(answers.map(outcomeOf));
      assert.ok(found.delete('password_hashing_busy'));
      assert.deepEqual(
        [...found].filter((outcome) => !outcomes.includes(outcome)),
        [],
      );
    });
  });
}

/** Runs `work` while each sign-in that counts its attempt waits for a lock, until it times out. */
async function whileCountsAreLocked<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const owner = connectDatabase(app.databaseUrl);
  try {
    return await owner.transaction(async (tx) => {
      await tx.query({ name: 'stay', text: 'SET LOCAL idle_in_transaction_session_timeout = 0' });
      await tx.query({ name: 'lock_counts', text: 'LOCK TABLE sign_in_attempts IN ACCESS EXCLUSIVE MODE' });
      const started = performance.now();
      const result = await work();
      return { result, ms: performance.now() - started };
    });
  } finally {
    await owner.close();
  }
}
