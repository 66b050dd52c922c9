import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { FORM, JSON_BODY, request } from '../../platform/http/request.ts';
import { NUMBER, openCall, postCall } from './call.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna', { limit: 100, numbers: ['+447700900777', '+447700900111'] });
const token = await classicToken(app, client, 'anna');

async function countCalls(): Promise<unknown> {
  const [row] = await app.sql('SELECT count(*)::integer AS count FROM calls');
  return row?.['count'];
}

test('POST number opens a call: 201, its address in Location, an empty body', async () => {
  const answer = await postCall(app, token, NUMBER);
  assert.equal(answer.status, 201);
  assert.equal(answer.text, '');
  assert.equal(answer.headers.get('content-length'), '0');
  assert.equal(answer.headers.get('content-type'), 'application/x-www-form-urlencoded');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
  const location = answer.headers.get('location') ?? '';
  const [, id] = /^http:\/\/localhost:\d+\/rest\/call\?token_call=([\w-]{24,})$/.exec(location) ?? [];
  assert.ok(id && location.startsWith(`${app.url}/`), location);

  const shown = await request(
    app,
    'GET',
    new URL(location).pathname + new URL(location).search,
    bearer(token),
  );
  assert.equal(shown.status, 200);
});

test('the call goes out from the user’s default number, and is the user’s and the client’s', async () => {
  const id = await openCall(app, token);
  const [row] = await app.sql(
    `SELECT u.name, c.client_id, c.caller, c.callee, c.state, c.reason, c.ended_by, c.ended_at,
            c.created_at = c.connected_at AS connected_at_once, now() - c.created_at < interval '1 minute' AS just_now
       FROM calls c JOIN users u ON u.id = c.user_id WHERE c.id = $1`,
    [id],
  );
  assert.deepEqual(row, {
    name: 'anna',
    client_id: client.id,
    caller: '+447700900777',
    callee: NUMBER,
    state: 'connected',
    reason: null,
    ended_by: null,
    ended_at: null,
    connected_at_once: true,
    just_now: true,
  });
});

test('another default number counts from the next call on', async () => {
  await app.users.setNumbers('anna', ['+447700900222', '+447700900777'], COMMAND_LINE);
  const id = await openCall(app, token);
  const [row] = await app.sql('SELECT caller FROM calls WHERE id = $1', [id]);
  assert.equal(row?.['caller'], '+447700900222');
});

test('a user without a number opens calls all the same', async () => {
  await addUser(app, 'bert');
  const id = await openCall(app, await classicToken(app, client, 'bert'));
  const [row] = await app.sql('SELECT caller FROM calls WHERE id = $1', [id]);
  assert.equal(row?.['caller'], null);
});

test('JSON is taken like a form', async () => {
  const headers = { ...JSON_BODY, ...bearer(token) };
  const answer = await request(app, 'POST', '/rest/call', headers, JSON.stringify({ number: NUMBER }));
  assert.equal(answer.status, 201, answer.text);
});

suite('numbers are dialled as written by people', () => {
  for (const [written, dialled] of [
    ['+44 7700 900 123', '+447700900123'],
    [' +44 (0)7700-900123 ', '+447700900123'],
    ['+1 (202) 555-0123', '+12025550123'],
    ['+1.212.555.0100', '+12125550100'],
    ['+61 491 570 156', '+61491570156'],
    ['+33 1 99 00 12 34', '+33199001234'],
    ['+49 30 23125 000', '+493023125000'],
  ] as const) {
    test(`${written} as ${dialled}, reserved for drama or not`, async () => {
      const id = await openCall(app, token, written);
      const [row] = await app.sql('SELECT callee FROM calls WHERE id = $1', [id]);
      assert.equal(row?.['callee'], dialled);
    });
  }
});

test('a plus that a form left unescaped, and so became a space, is refused with a word on how to write it', async () => {
  const form = 'number=+447700900123';
  const answer = await request(app, 'POST', '/rest/call', { ...FORM, ...bearer(token) }, form);
  assert.equal(answer.status, 400, answer.text);
  assert.match(answer.text, /In a URL or a form, write \+ as %2B\./);
});

suite('400, and no call, for', () => {
  const bodies: Record<string, string> = {
    'no number': '',
    'another parameter alone': 'numbers=%2B447700900123',
    'an empty number': 'number=',
    'a blank number': 'number=+++',
    'no digits': 'number=%2Bhello',
    'a word': 'number=hello',
    'letters beside digits': 'number=call+%2B447700900123',
    markup: 'number=%3Cb%3E%2B447700900123',
    'too short a number': 'number=%2B4477',
    'too long a number': 'number=%2B4477009001231234',
    'far too long a number': `number=%2B44${'7'.repeat(200)}`,
    'a country that does not exist': 'number=%2B9997700900123',
    'an extension': 'number=%2B447700900123%20ext.%205',
    'an extension in RFC 3966': 'number=%2B447700900123;ext=5',
    'two numbers': 'number=%2B447700900123&number=%2B447700900124',
    'a null byte': 'number=%2B447700900123%00',
  };
  for (const [what, body] of Object.entries(bodies)) {
    test(what, async () => {
      const before = await countCalls();
      const answer = await request(app, 'POST', '/rest/call', { ...FORM, ...bearer(token) }, body);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json()['error'], 'invalid_input');
      assert.equal(answer.json()['field'], 'number');
      assert.match(String(answer.json()['message']), /number/);
      assert.equal(answer.location, '');
      assert.equal(await countCalls(), before);
    });
  }

  for (const [what, number] of Object.entries({
    'a JSON number': 447700900123,
    'an array': ['+447700900123'],
    'an object': { number: '+447700900123' },
    null: null,
    true: true,
  })) {
    test(`${what} as JSON`, async () => {
      const before = await countCalls();
      const headers = { ...JSON_BODY, ...bearer(token) };
      const answer = await request(app, 'POST', '/rest/call', headers, JSON.stringify({ number }));
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json()['field'], 'number');
      assert.equal(await countCalls(), before);
    });
  }

  test('no body at all', async () => {
    const answer = await request(app, 'POST', '/rest/call', bearer(token));
    assert.equal(answer.status, 400, answer.text);
  });
});

suite('a national number', () => {
  test('is refused without DEFAULT_COUNTRY, with the reason', async () => {
    const answer = await postCall(app, token, '07700 900123');
    assert.equal(answer.status, 400);
    assert.equal(answer.json()['field'], 'number');
    assert.match(String(answer.json()['message']), /must begin with \+ .*no DEFAULT_COUNTRY/);
  });

  test('is read in DEFAULT_COUNTRY where there is one, and an international one still is what it says', async () => {
    const british = await startNode(app, { DEFAULT_COUNTRY: 'GB' });
    for (const [written, dialled] of [
      ['07700 900123', '+447700900123'],
      ['0044 7700 900124', '+447700900124'],
      ['00 1 202 555 0123', '+12025550123'],
      ['+1 202 555 0123', '+12025550123'],
    ] as const) {
      const id = await openCall(british, token, written);
      const [row] = await app.sql('SELECT callee FROM calls WHERE id = $1', [id]);
      assert.equal(row?.['callee'], dialled);
    }
    assert.equal((await postCall(british, token, '07')).status, 400);
  });
});
