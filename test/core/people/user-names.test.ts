import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';

const app = await startApp();
const rosa = await addAdministrator(app);

const signIn = (username: string, password = PASSWORD) =>
  new Browser(app.url).post('/sign-in', { username, password });
const pathOf = (name: string) => `/admin/users/${encodeURIComponent(name)}`;

for (const [what, name, spellings] of [
  ['a dotted capital I', 'İbrahim', ['İbrahim']],
  ['a ligature', 'ﬁona', ['ﬁona', 'fiona', 'FIONA']],
  ['a final sigma', 'ΟΔΟΣ', ['ΟΔΟΣ']],
  ['a composed umlaut', 'jürgen', ['jürgen', 'ju\u0308rgen', 'JU\u0308RGEN']],
  ['a full-width letter', 'Ａda', ['Ａda', 'ada', 'ADA']],
] as const) {
  suite(`a user whose name has ${what}`, () => {
    test('signs in, by each spelling of the name', async () => {
      await addUser(app, name);
      for (const spelling of spellings) {
        const { status, text } = await signIn(spelling);
        assert.equal(status, 303, `${spelling}: ${text}`);
      }
    });

    test('is found by each spelling, and shown as added', async () => {
      for (const spelling of spellings) {
        const answer = await rosa.send('GET', pathOf(spelling));
        assert.equal(answer.status, 200, spelling);
        assert.equal(answer.json()['name'], name);
        const listed = await rosa.send('GET', `/admin/users?name_prefix=${encodeURIComponent(spelling)}`);
        assert.equal(listed.status, 200, listed.text);
        assert.ok(listed.text.includes(JSON.stringify(name)), listed.text);
        const acts = await rosa.send('GET', `/admin/audit-log?user=${encodeURIComponent(spelling)}`);
        assert.equal(acts.status, 200, acts.text);
        assert.match(acts.text, /userAdded/);
      }
    });

    test('is the only one of that name', async () => {
      for (const spelling of spellings) {
        const user = { name: spelling.normalize('NFC'), password: PASSWORD };
        assert.equal((await rosa.send('POST', '/admin/users', user)).status, 409, spelling);
      }
    });
  });
}

test('wrong passwords count together, however the name is spelled', async () => {
  await addUser(app, 'ﬂora');
  const spellings = ['ﬂora', 'flora', 'FLORA', 'Flora', 'fLora'];
  for (let n = 0; n < 10; n++)
    assert.equal((await signIn(spellings[n % spellings.length] ?? '', 'wrong')).status, 403);
  for (const spelling of spellings) assert.equal((await signIn(spelling)).status, 429, spelling);
});
