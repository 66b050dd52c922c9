import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toXml } from '../../src/platform/http/representation.ts';
import { openCallOf } from '../core/events/events.ts';
import { startApp } from '../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../harness/people.ts';
import { request } from '../platform/http/request.ts';
import { addAdministrator } from '../web/admin-api/administrator.ts';
import { record, times } from './campaign.ts';
import { asXmlCarries, oddTexts, textsOf } from './strict-xml.ts';

/** Texts of others in each document, and documents asked for at a time. */
const IN_ONE = 30;
const AT_ONCE = 10;
const TEXTS = times(300, 10_000);
const XML = { accept: 'application/xml' };

const app = await startApp();
const client = await addClassicClient(app);
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 100 });
const token = await classicToken(app, client, 'anna');
let read = 0;

function textsNamed(document: string, name: string): string[] {
  return textsOf(document)
    .filter(([element]) => element === name)
    .map(([, text]) => text);
}

test(`a strict parser reads ${TEXTS} unusual texts in errors of the classic API unchanged`, async () => {
  const next = oddTexts(1);
  for (let sent = 0; sent < TEXTS; sent += AT_ONCE) {
    const texts = Array.from({ length: AT_ONCE }, next);
    await Promise.all(
      texts.map(async (text) => {
        const path = `/rest/call?token_call=${encodeURIComponent(text)}`;
        const answer = await request(app, 'GET', path, { ...XML, ...bearer(token) });
        assert.equal(answer.status, 409, answer.text);
        const expected = asXmlCarries(`There is no call "${text}".`);
        assert.deepEqual(textsNamed(answer.text, 'message'), [expected], JSON.stringify(text));
        read++;
      }),
    );
  }
});

test(`and ${TEXTS} in user names and texts of clients, in the classic and the admin API`, async () => {
  const next = oddTexts(2);
  const ids: string[] = [];
  for (let one = 0; one < IN_ONE; one++)
    ids.push(await openCallOf(app, { userName: 'anna', clientId: client.id }));
  const [user] = await app.sql<{ id: string }>(`SELECT id FROM users WHERE name = 'anna'`);
  for (let sent = 0; sent < TEXTS; sent += IN_ONE) {
    const texts = ids.map(next);
    const [name = ''] = texts;
    await app.sql('UPDATE users SET name = $1 WHERE id = $2', [name, user?.id]);
    await app.sql(
      `UPDATE calls SET client_reference = t.text FROM unnest($1::text[], $2::text[]) AS t (id, text) WHERE calls.id = t.id`,
      [ids, texts],
    );
    const theirs = await administrator.get(`/admin/users/${encodeURIComponent(name)}/calls`, XML);
    assert.equal(theirs.status, 200, theirs.text);
    assert.deepEqual(
      textsNamed(theirs.text, 'clientReference').toSorted(),
      texts.map(asXmlCarries).toSorted(),
    );
    assert.deepEqual(textsNamed(theirs.text, 'name'), [asXmlCarries(name)]);
    const own = await request(app, 'GET', '/rest/call', { ...XML, ...bearer(token) });
    assert.deepEqual(
      textsNamed(own.text, 'username'),
      ids.map(() => asXmlCarries(name)),
    );
    read += 2 * IN_ONE + 1;
  }
  record({
    invariant: 'XML returns every text unchanged',
    tried: `${read} texts by GET /rest/call, its errors and GET /admin/users/{name}/calls`,
    found: 'a strict parser read each unchanged; characters that XML 1.0 forbids as U+FFFD',
  });
});

test('zero bytes and lone surrogates, which PostgreSQL cannot store, become U+FFFD', () => {
  for (const text of ['a\0b', 'a\ud800b', 'a\udc00', '\udc00\ud800', '\ud83d<'])
    assert.deepEqual(textsNamed(toXml({ a: text }), 'a'), [asXmlCarries(text)]);
});
