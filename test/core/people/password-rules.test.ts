import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';
import { visitor } from '../../web/account/visitor.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { addSignedIn } from '../../web/console/console.ts';

const app = await startApp();
const rosa = await addAdministrator(app);
const ada = await addSignedIn(app, 'ada');
let people = 0;

interface Outcome {
  readonly accepted: boolean;
  readonly text: string;
}

const HTML = { accept: 'text/html' };
const nextName = () => `margarete-${++people}`;

type Choose = (password: string) => Promise<Outcome>;

/** Every way to choose a password, or to set one; the person is added once. */
const ways: Readonly<Record<string, (name: string) => Promise<Choose>>> = {
  async 'the account page'(name) {
    await addUser(app, name);
    const browser = await visitor(app, name);
    return async (password) => {
      const form = { current_password: PASSWORD, new_password: password };
      const { status, text } = await browser.post('/account/security/password', form, HTML);
      return { accepted: status === 303, text };
    };
  },
  async 'the first sign-in'(name) {
    const added = { name, password: PASSWORD, maxOngoingCalls: 1, passwordChangeRequired: true };
    await app.users.addUser(added, COMMAND_LINE);
    const browser = new Browser(app.url);
    const { location } = await browser.post('/sign-in', { username: name, password: PASSWORD });
    return async (password) => {
      const { status, text } = await browser.post(location, { new_password: password }, HTML);
      return { accepted: status === 303, text };
    };
  },
  'the console, for a new user': async (name) => async (password) => {
    const { status, text } = await ada.send('/console/new-user', { name, password, limit: '1' });
    return { accepted: status === 303, text };
  },
  async 'the console, for a user'(name) {
    await addUser(app, name);
    return async (password) => {
      const { status, text } = await ada.send(`/console/users/${name}/password`, { password });
      return { accepted: status === 303, text };
    };
  },
  'the admin API, for a new user': async (name) => async (password) => {
    const { status, text } = await rosa.send('POST', '/admin/users', { name, password });
    return { accepted: status === 201, text };
  },
  async 'the admin API, for a user'(name) {
    await addUser(app, name);
    return async (password) => {
      const { status, text } = await rosa.send('PUT', `/admin/users/${name}/password`, { password });
      return { accepted: status === 204, text };
    };
  },
};

const TOO_SHORT = /The new password must have 8 to 1024 characters\./;
const COMMON = /The new password is one of the 3,000 most common ones\. Choose another\./;
const OWN_NAME = /The new password must not be the user name\./;

for (const [way, prepare] of Object.entries(ways)) {
  suite(`by ${way}, a new password`, () => {
    const name = nextName();
    let choose: Choose;
    before(async () => {
      choose = await prepare(name);
    });

    for (const [what, refused, message] of [
      ['of seven characters', 'x7!kQzw', TOO_SHORT],
      ['of seven characters that are two code units each', '🐎🐎🐎🐎🐎🐎🐎', TOO_SHORT],
      ['of fourteen characters that are seven when composed', 'a\u0308'.repeat(7), TOO_SHORT],
      ['of eight spaces', ' '.repeat(8), TOO_SHORT],
      ['of seven characters and spaces around them', ' x7!kQzw ', TOO_SHORT],
      ['of one character that is eighteen when composed', '\ufdfa', TOO_SHORT],
      ['of 1024 characters that are more when composed', '\ufdfa'.repeat(1024), TOO_SHORT],
      ['that is the most common one', 'password', COMMON],
      ['that is a common one in other letters', 'PassWord1', COMMON],
      ['that is a common one in full width', 'ｉｌｏｖｅｙｏｕ', COMMON],
      ['that is the 3000th', '13101988', COMMON],
      ['that is the user name, in other letters,', name.toUpperCase(), OWN_NAME],
    ] as const) {
      test(`${what} is refused, and the error says why`, async () => {
        const { accepted, text } = await choose(refused);
        assert.equal(accepted, false);
        assert.match(text, message);
      });
    }

    test('of eight characters that is not common is accepted, and opens the account', async () => {
      const eight = '🐎x7!kQzw';
      const { accepted, text } = await choose(eight);
      assert.ok(accepted, text);
      await visitor(app, name, eight);
    });
  });
}

test('a password that a keyboard composes is the same as one that another keyboard decomposes', async () => {
  await app.users.addUser(
    { name: 'jürgen', password: 'gru\u0308ne Äpfel', maxOngoingCalls: 1 },
    COMMAND_LINE,
  );
  await visitor(app, 'jürgen', 'grüne A\u0308pfel');
});

test('of a new password that is entered twice, both must agree', async () => {
  const name = nextName();
  await addUser(app, name);
  const form = {
    current_password: PASSWORD,
    new_password: 'a better horse',
    repeat_password: 'a better hose',
  };
  const browser = await visitor(app, name);
  const answer = await browser.post('/account/security/password', form, HTML);
  assert.equal(answer.status, 400);
  assert.match(answer.text, /role="alert">The two new passwords differ\./);
  await visitor(app, name);
});

test('the current password is no new one', async () => {
  const name = nextName();
  await addUser(app, name);
  const browser = await visitor(app, name);
  const form = { current_password: PASSWORD, new_password: PASSWORD };
  const answer = await browser.post('/account/security/password', form, HTML);
  assert.equal(answer.status, 400);
  assert.match(answer.text, /role="alert">The new password must differ from the current one\./);
});

test('demo users keep their published passwords', async () => {
  const demo = { name: 'demo', password: 'demo', maxOngoingCalls: 1, demo: true };
  await app.users.addUser(demo, COMMAND_LINE);
  await visitor(app, 'demo', 'demo');
});

test('only the server itself can make a demo user', async () => {
  const answer = await rosa.send('POST', '/admin/users', { name: 'fake', password: 'demo', demo: true });
  assert.equal(answer.status, 400);
  assert.equal(answer.json()['field'], 'demo');
});
