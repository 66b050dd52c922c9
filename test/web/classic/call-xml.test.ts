import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { getCall, getCalls, openCall, type ShownCall, stopCall } from './call.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna', { limit: 100 });
await addUser(app, 'bert');
const token = await classicToken(app, client, 'anna');
const bertsToken = await classicToken(app, client, 'bert');

const XML = { accept: 'application/xml' };
const parser = new XMLParser({ parseTagValue: false, trimValues: false, ignoreDeclaration: true });

function parse<T>(answer: Answer): T {
  assert.match(answer.headers.get('content-type') ?? '', /^application\/xml; charset=utf-8$/);
  assert.match(answer.text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n</);
  assert.equal(XMLValidator.validate(answer.text), true);
  return parser.parse(answer.text.replace('?>\n', '?>')) as T;
}

test('one call has root call, with what the JSON has', async () => {
  const id = await openCall(app, token);
  await stopCall(app, token, id);
  const json = (await getCall(app, token, id)).json<ShownCall>();
  const answer = await getCall(app, token, id, XML);
  assert.equal(answer.status, 200);
  assert.deepEqual(parse(answer), { call: json });
});

test('the list has root calls of call', async () => {
  const ids = [await openCall(app, token), await openCall(app, token)];
  const { calls } = parse<{ calls: { call: ShownCall[] } }>(await getCalls(app, token, XML));
  assert.deepEqual(
    calls.call.map(({ info }) => info.token),
    ids,
  );
});

test('the list of one ongoing call is root calls all the same', async () => {
  const id = await openCall(app, bertsToken);
  const { calls } = parse<{ calls: { call: ShownCall } }>(await getCalls(app, bertsToken, XML));
  assert.equal(calls.call.info.token, id);
  await stopCall(app, bertsToken, id);
});

test('no ongoing call is <calls></calls>', async () => {
  const answer = await getCalls(app, bertsToken, XML);
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '<?xml version="1.0" encoding="UTF-8"?>\n<calls></calls>');
});

test('an error is XML too', async () => {
  const answer = await getCall(app, token, 'unknown', XML);
  assert.equal(answer.status, 409);
  assert.deepEqual(parse(answer), {
    error: { code: 'call_not_found', message: 'There is no call "unknown".' },
  });
});

suite('Accept, by its q-values; on a tie what it names first, and JSON for any type:', () => {
  for (const [accept, type] of [
    ['application/json', 'json'],
    ['application/xml', 'xml'],
    ['text/xml', 'xml'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['text/*', 'xml'],
    ['application/json, application/xml', 'json'],
    ['application/xml, application/json', 'xml'],
    ['application/xml;q=0.5, application/json;q=0.5', 'xml'],
    ['application/xml;q=0.9, application/json;q=0.8', 'xml'],
    ['application/json;q=0.8, text/xml', 'xml'],
    ['application/xml;q=0.8, application/json;q=0.9', 'json'],
    ['application/json;q=0, */*', 'xml'],
    ['application/xml, */*;q=0.1', 'xml'],
    ['text/html, application/xml;q=0.9, */*;q=0.8', 'xml'],
    ['image/png, */*;q=0.1', 'json'],
  ] as const) {
    test(`${accept} gets ${type}`, async () => {
      const answer = await getCalls(app, token, { accept });
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.headers.get('content-type') ?? '', new RegExp(`^application/${type}`));
      assert.match(answer.headers.get('vary') ?? '', /\baccept\b/i);
    });
  }

  test('image/png gets 406, which says what there is', async () => {
    const answer = await getCalls(app, token, { accept: 'image/png' });
    assert.equal(answer.status, 406);
    assert.deepEqual(answer.json(), {
      error: 'not_acceptable',
      message: 'The header Accept must allow json or xml.',
    });
  });

  test('no Accept at all gets JSON', async () => {
    const answer = await app.http.inject({
      method: 'GET',
      url: '/rest/call',
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  });
});

suite('a name with what XML and JSON must escape', () => {
  async function nameShown(name: string, headers: Record<string, string>): Promise<string> {
    await app.sql(`UPDATE users SET name = $1 WHERE name LIKE 'bert%'`, [name]);
    try {
      const id = await openCall(app, bertsToken);
      const answer = await getCall(app, bertsToken, id, headers);
      await stopCall(app, bertsToken, id);
      assert.equal(answer.status, 200);
      const call = headers === XML ? parse<{ call: ShownCall }>(answer).call : answer.json<ShownCall>();
      return call.user.username;
    } finally {
      await app.sql(`UPDATE users SET name = 'bert' WHERE name = $1`, [name]);
    }
  }

  for (const name of [
    `bert&co <b>"it's"</b>`,
    'bert &amp; &lt; &#65; &',
    'bert]]>',
    'bert<![CDATA[x]]>',
    'bert<!-- -->',
    'bert é 漢 😀',
    'bert ',
  ]) {
    test(`${name} is the same in both`, async () => {
      assert.equal(await nameShown(name, XML), name);
      assert.equal(await nameShown(name, {}), name);
    });
  }

  test('a control character, which XML cannot hold, becomes U+FFFD there and stays in JSON', async () => {
    for (const control of ['\u0001', '\u0008', '\u001b', '\uffff']) {
      assert.equal(await nameShown(`bert${control}x`, XML), 'bert\ufffdx');
      assert.equal(await nameShown(`bert${control}x`, {}), `bert${control}x`);
    }
  });
});
